"""Comparison 3: embedding with running moments, against the same network in PyTorch."""

import jax
import ml_collections
import numpy as np
import torch

from imgforensics.benchmark import timing, torch_network
from imgforensics.benchmark.agreement import relative, require
from imgforensics.benchmark.images import smooth
from imgforensics.evaluation.embed import embed
from imgforensics.models import build
from imgforensics.models.network import ANCHOR
from imgforensics.models.normalization import DECAY
from imgforensics.weights import Model

PYTORCH = "PyTorch, channels last"
_TOLERANCE = 2e-3  # relative, of float32 embeddings
_COUNT = 512  # images
_BATCH = 64  # images at once, as `embed` takes them


def compare(config: ml_collections.ConfigDict, repeats: int, count: int = _COUNT) -> dict:
    """Checks that both give the same embeddings, then times them.

    Args:
        config: of a run of the paper's network.
        repeats: timed calls of each.
        count: images that are embedded in a call.

    Returns:
        The comparison's record.

    Raises:
        UserError: the embeddings differ.
    """
    side = config.manipulations.output_size
    images = smooth(np.random.default_rng(config.seed), count, side)
    model = _model(config, images[:_BATCH])
    moments = jax.tree.map(lambda kept: np.asarray(kept[ANCHOR]), _debiased(model.moments))
    branch = torch_network.Branch(model.params, moments).eval()

    def ours():
        return embed(model, images, batch_size=_BATCH)

    def peer():
        with torch.inference_mode():
            batches = torch.from_numpy(images)[:, None].split(_BATCH)
            return torch.cat([branch(batch.float() / 255) for batch in batches]).numpy()

    checks = [
        require("embeddings of PyTorch's network and ours", relative(ours(), peer()), _TOLERANCE)
    ]
    seconds = timing.by_turns({"ours": ours, PYTORCH: peer}, repeats, "embedding")
    includes = f"bytes in, embeddings out, {_BATCH} images at once, running moments"
    records = {
        name: timing.rate(count, each, unit="images", includes=includes)
        for name, each in seconds.items()
    }
    return {"checks": checks} | timing.against(records.pop("ours"), records)


def _model(config, images):
    """A network with first weights whose running moments are those of a batch."""
    network = build.network(config.model)
    batch = np.stack([images.astype(np.float32) / 255] * 3)

    @jax.jit
    def create():
        variables = network.init(jax.random.key(config.seed), batch[:, :1])
        _, updated = network.apply(variables, batch, mutable="moments")
        return variables["params"], updated["moments"]

    return Model(config, *jax.device_get(create()), step=1)


def _debiased(moments):
    """What running moments are after one update, when the average began at zero."""
    return {
        name: {part: kept[part] / np.float32(1 - DECAY) for part in ("mean", "variance")}
        for name, kept in moments.items()
    }
