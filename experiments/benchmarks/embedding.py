"""Comparison 3: embedding with running moments, against the same network in PyTorch."""

import functools
from concurrent import futures

import jax
import ml_collections
import numpy as np
import torch

from experiments.benchmarks import timing, torch_network
from experiments.benchmarks.agreement import relative, require
from experiments.benchmarks.images import smooth
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import build
from imgforensics.models.cpu import lowering
from imgforensics.models.interface import ANCHOR
from imgforensics.models.normalization import DECAY
from imgforensics.utils import compilation

PYTORCH = "PyTorch, channels last"
SIDE_BY_SIDE = f"{PYTORCH}, a batch on each core"
_TOLERANCE = 2e-3  # relative, of float32 embeddings
_COUNT = 512  # images
_BATCH = 64  # images of a batch, as `embed` takes them
_INCLUDES = f"bytes in, embeddings out, in batches of {_BATCH}, running moments"


def compare(config: ml_collections.ConfigDict, repeats: int, count: int = _COUNT) -> dict:
    """Checks that both give the same embeddings, then times them.

    Args:
        config: of a run of the paper's network.
        repeats: timed calls of each.
        count: images that are embedded in a call.

    Returns:
        The comparison's record; the faster way to use PyTorch stands first.

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

    batches = torch.from_numpy(images)[:, None].split(_BATCH)
    peers = {
        PYTORCH: lambda: _joined(map(functools.partial(_embedded, branch), batches)),
        SIDE_BY_SIDE: lambda: _side_by_side(branch, batches),
    }
    checks = [
        require(f"embeddings of {name} and ours", relative(ours(), peer()), _TOLERANCE)
        for name, peer in peers.items()
    ]
    seconds = timing.by_turns({"ours": ours} | peers, repeats, "embedding")
    cores = compilation.cores()
    at_work = {
        "ours": f"up to {lowering.calls_at_once()} batches at work, which share {cores} threads",
        PYTORCH: f"one batch at work, on {cores} threads",
        SIDE_BY_SIDE: f"{cores} batches at work, each on a thread of its own",
    }
    records = {
        name: timing.rate(count, each, unit="images", includes=f"{_INCLUDES}; {at_work[name]}")
        for name, each in seconds.items()
    }
    return {"checks": checks} | _fastest_first(timing.against(records.pop("ours"), records))


def _embedded(branch, batch):
    with torch.inference_mode():  # which each thread has to ask for
        return branch(batch.float() / 255)


def _joined(embeddings):
    return torch.cat(list(embeddings)).numpy()


def _side_by_side(branch, batches):
    """Embeds as many batches at once as there are cores, each by a single thread."""
    threads = torch.get_num_threads()
    try:
        with futures.ThreadPoolExecutor(
            compilation.cores(), initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            return _joined(pool.map(functools.partial(_embedded, branch), batches))
    finally:
        torch.set_num_threads(threads)


def _fastest_first(compared):
    names = sorted(compared["ratios"], key=lambda name: compared["ratios"][name]["median"])
    return compared | {
        part: {name: compared[part][name] for name in names} for part in ("peers", "ratios")
    }


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
