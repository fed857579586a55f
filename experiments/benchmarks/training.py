"""Comparison 2: the train step, against the same network in PyTorch."""

import statistics

import jax
import ml_collections
import numpy as np
import optax
import torch

from experiments.benchmarks import operations, ours, timing, torch_network
from experiments.benchmarks.agreement import relative, require
from experiments.benchmarks.images import smooth
from imgforensics.training import step as steps

PYTORCH = "PyTorch, channels last"
# Of the first weights. With the paper's 0.01 variances are of the size of the normalisations'
# epsilon, and what float32 rounds is far larger in the gradient.
_INIT_STDDEV = 0.2
# Relative, of the gradient's norm. In float64 PyTorch shows that it computes the same function. Its
# batch normalisation of float32 in channels-last order adds up one number after another, which
# moves the gradient of a large batch by a tenth; in the other order it does not.
_EXACT = {"losses": 1e-5, "gradients": 1e-2}
_TIMED = {"losses": 1e-2, "gradients": 0.3}
_FEW = 8  # triplets that are computed in float64, or as many more as devices share equally


def compare(config: ml_collections.ConfigDict, repeats: int, peak: float) -> dict:
    """Checks the loss and the gradient of a step against PyTorch's, then times whole steps.

    Args:
        config: of a run of the paper's network with momentum.
        repeats: timed steps of each.
        peak: floating-point operations a second that the machine reaches.

    Returns:
        The comparison's record.

    Raises:
        UserError: the two don't compute the same.
    """
    config = config.copy_and_resolve_references()
    config.model.init_stddev = _INIT_STDDEV
    random = np.random.default_rng(config.seed)
    side = config.manipulations.output_size
    batch = np.stack([smooth(random, config.batch_size, side) for _ in range(3)])
    batch = batch.astype(np.float32) / 255

    few = config.copy_and_resolve_references()
    number = jax.local_device_count()
    few.batch_size = min(-(-_FEW // number) * number, config.batch_size)
    some = batch[:, : few.batch_size]
    on_device = ours.distributed(batch)
    whole, ready = ours.whole(config), ours.ready_made(config)
    params = jax.device_get(whole.state.latest.params)
    exact, peer = _Peer(few, params, some.astype(np.float64)), _Peer(config, params, batch)
    checks = [
        *_check(ours.ready_made(few), exact, ours.distributed(some), _EXACT, "float64"),
        *_check(ready, peer, on_device, _TIMED, "float32"),
    ]

    sources = ours.everywhere(smooth(random, 2 * config.batch_size))
    calls = {
        "whole": lambda: whole(sources),
        "ready-made": lambda: ready(on_device),
        PYTORCH: peer,
        "manipulations": _manipulations(config, sources),
    }
    seconds = timing.by_turns(calls, repeats, "train step")

    images = 3 * config.batch_size
    operations_of_step = images * operations.step(params, side)

    def record(name, includes):
        rate = timing.rate(images, seconds[name], unit="images", includes=includes)
        speed = operations_of_step / statistics.median(seconds[name])
        return rate | {"share_of_peak": speed / peak}

    after = "forward pass, loss, backward pass and momentum update"
    peers = {PYTORCH: record(PYTORCH, f"{after}, on ready-made batches")}
    share = statistics.median(
        part / whole for part, whole in zip(seconds["manipulations"], seconds["whole"])
    )
    return {
        "checks": checks,
        "operations": operations_of_step,
        **timing.against(record("whole", f"draws, manipulations, {after}, norms to log"), peers),
        "ready_made": timing.against(
            record("ready-made", f"{after}, norms to log, on ready-made batches"), peers
        ),
        "manipulations": {
            "includes": "the step's draws and manipulations, compiled alone",
            "seconds": seconds["manipulations"],
            "share_of_step": share,
        },
    }


def _manipulations(config, sources):
    """What a step does before it embeds."""

    @jax.jit
    def make(sources):
        pairs = sources[steps.indices(config, 0, len(sources))]
        return steps.examples(config, 0, pairs, np.arange(config.batch_size))

    return lambda: jax.block_until_ready(make(sources))


class _Peer:
    """Steps of PyTorch on ready-made batches, [3, B, H, W], in their precision."""

    def __init__(self, config, params, batch):
        self._batch = [torch.from_numpy(images)[:, None] for images in batch]
        self.branch = torch_network.Branch(params, {}).train().to(self._batch[0].dtype)
        self._optimizer = torch.optim.SGD(
            self.branch.parameters(),
            lr=config.optimizer.learning_rate,
            momentum=config.optimizer.momentum,
        )

    def __call__(self):
        self._optimizer.zero_grad()
        embeddings = [self.branch(images) for images in self._batch]
        loss = torch_network.loss(self.branch.weights["alpha"], *embeddings)
        loss.backward()
        self._optimizer.step()
        return loss.item() / len(self._batch[0])


def _check(ready, peer, batch, tolerances, precision):
    """The first step of both from the same weights; momentum then holds the gradient alone."""
    found = {"losses": ready(batch)["loss"]}
    found["gradients"] = optax.tree_utils.tree_get(ready.state.optimizer, "trace")
    expected = {"losses": peer(), "gradients": torch_network.gradients(peer.branch)}
    return [
        require(
            f"{name} of PyTorch's network in {precision} and ours",
            relative(_flat(found[name]), _flat(expected[name])),
            tolerance,
        )
        for name, tolerance in tolerances.items()
    ]


def _flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])
