"""Parity of the network, its gradients and its running moments with the authors' code."""

import dataclasses
import functools
import itertools
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax

from experiments.reference import Check
from experiments.reference.sequential import SequentialSums
from imgforensics.losses.alpha_triplet import alpha_triplet
from imgforensics.models import metric
from imgforensics.models.paper import Network

# The gradient of a bias in front of a batch normalisation, and of one that every difference of
# embeddings cancels, is zero; what either code computes there is rounding noise.
_ZERO_GRADIENT = ("l4_biases", "l5_biases", "l5_bn_offset")
_STEPS = 4
_PERTURBATIONS = 4
# Two codes that each round by some amount differ by up to twice that.
_BOUND = 2
_FORWARD = (
    "embeddings, 1 - correlation",
    "embeddings, difference / range",
    "sigma_same, difference",
    "sigma_diff, difference",
    "loss after 0 steps, relative",
)
_NORMS = tuple(f"block{block}_norm" for block in range(4)) + ("head_norm", "embedding_norm")
_NAMES = (
    *(f"l{layer}_bn_{kind}" for layer in range(6) for kind in ("offset", "scale")),
    *(f"l{layer}_1x1_weights" for layer in range(1, 5)),
    *(f"l{layer}_{kind}" for layer in range(4) for kind in ("weights1", "weights2", "biases")),
    *(f"l{layer}_{kind}" for layer in (4, 5) for kind in ("weights", "biases")),
    "alpha",
)


def check(golden: Mapping[str, np.ndarray]) -> list[Check]:
    """Compares with the outputs of the authors' TensorFlow code (version V01).

    The forward pass is compared as it is used everywhere else. Gradients, the loss curve and the
    running moments are compared after replacing the order in which means are added by the
    reference's (see `sequential`): what the reference's own float32 sums lose is larger than the
    tolerances, and is amplified from step to step. How far our own results move when the order is
    that of training, and when every parameter moves by a unit in its last place, is measured and
    reported beside each error.

    Args:
        golden: the arrays of a network golden file. Its weights are made again from
            `weight_seed`: variable i is drawn from `RandomState(weight_seed + i)`.

    Returns:
        One record for each quantity.
    """
    names = [str(name) for name in golden["names"]]
    images, params, moments = _begun(golden)
    ours = _Run(Network(), images)(params, moments)
    checks = [
        dataclasses.replace(check, quantity=f"{check.quantity}, sums as in training")
        for check in _compare(ours, golden, names)
        if check.quantity in _FORWARD
    ]
    run = _Run(Network(sums=SequentialSums()), images)
    sequential = run(params, moments)
    # Two measures of what rounding does to us: another order of addition, and moved parameters.
    rounding = {check.quantity: check.error for check in _compare(ours, sequential, names)}
    for seed in range(_PERTURBATIONS):
        moved = run(_moved(params, seed), moments)
        for check in _compare(moved, sequential, names):
            error = _BOUND * check.error
            rounding[check.quantity] = max(rounding[check.quantity], error)
    return checks + [
        dataclasses.replace(check, rounding=rounding[check.quantity])
        for check in _compare(sequential, golden, names)
    ]


def check_forward(golden: Mapping[str, np.ndarray]) -> list[Check]:
    """Compares embeddings and sigmas of the golden batch alone, as they are used everywhere.

    It takes seconds where `check` takes a minute.

    Args:
        golden: as for `check`.

    Returns:
        One record for each quantity.
    """
    images, params, moments = _begun(golden)
    forward = jax.jit(functools.partial(Network().apply, images=images, mutable="moments"))
    (embeddings, forensic), _ = forward({"params": params, "moments": moments})
    return _compare_forward("", _forward("", embeddings, forensic), golden)


def _begun(golden):
    """The images, the parameters and the moments that the authors' code began with."""
    images = jnp.asarray(golden["triplets"], jnp.float32) / 255
    shapes = jax.eval_shape(Network().init, jax.random.key(0), images[:, :1])
    # Running averages begin at zero.
    moments = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes["moments"])
    return images, _golden_params(golden, shapes["params"]), moments


class _Run:
    """A few training steps of a network on the golden batch, with the golden file's keys."""

    def __init__(self, network, images):
        self._network, self._images = network, images
        self._value_and_gradients = jax.jit(jax.value_and_grad(self._loss, has_aux=True))
        self._evaluate = jax.jit(functools.partial(network.apply, images=images, running=True))

    def _loss(self, params, moments):
        (embeddings, forensic), updated = self._network.apply(
            {"params": params, "moments": moments}, self._images, mutable="moments"
        )
        each = alpha_triplet(forensic, embeddings, ml_collections.ConfigDict())
        return each.sum(), (embeddings, updated["moments"])

    def __call__(self, params, moments):
        optimizer = optax.sgd(1e-5, momentum=0.9)
        state, results, losses = optimizer.init(params), {}, []
        for step in range(_STEPS + 1):
            (loss, (embeddings, updated)), gradients = self._value_and_gradients(params, moments)
            losses.append(float(loss))
            if step == 0:
                results |= _forward("", embeddings, metric.Metric(params["alpha"]))
                results |= _by_name("grad", gradients)
            if step == 3:
                results |= _by_name("after3", params)
            if step < _STEPS:
                moments = updated
                updates, state = optimizer.update(gradients, state)
                params = optax.apply_updates(params, updates)
        results["loss_curve"] = np.array(losses)
        results |= _running(moments)
        embeddings, forensic = self._evaluate({"params": params, "moments": _not_debiased(moments)})
        return results | _forward("eval_", embeddings, forensic)


def _compare(ours, theirs, names):
    """Checks of one run against another or against the golden file."""
    checks = _compare_forward("", ours, theirs) + _compare_forward("eval_", ours, theirs)
    for step, error in enumerate(np.abs(ours["loss_curve"] / theirs["loss_curve"] - 1)):
        checks.append(Check(f"loss after {step} steps, relative", float(error), 2e-3))
    for name in names:
        if name not in _ZERO_GRADIENT:
            checks += _compare_gradient(name, ours, theirs)
        error = abs(ours[f"after3_norm/{name}"] / theirs[f"after3_norm/{name}"] - 1)
        checks.append(Check(f"{name} after 3 steps, norm, relative", float(error), 5e-3))
    for layer, branch, kind in itertools.product(range(6), range(3), ("mean", "variance")):
        a, b = (run[f"running/branch{branch}/{kind}{layer}"] for run in (ours, theirs))
        error = np.abs(a - b).max() / np.abs(b).max()
        quantity = f"running {kind} of branch {branch}, layer {layer}, relative"
        checks.append(Check(quantity, float(error), 5e-3))
    return checks


def _compare_forward(prefix, ours, theirs):
    a, b = ours[f"{prefix}embeddings"], theirs[f"{prefix}embeddings"]
    lost = 1 - np.corrcoef(a.ravel(), b.ravel())[0, 1]
    checks = [Check(f"{prefix}embeddings, 1 - correlation", float(lost), 1e-5)]
    spread = np.abs(a - b).max() / np.ptp(b)
    checks.append(Check(f"{prefix}embeddings, difference / range", float(spread), 5e-3))
    for kind in ("sigma_same", "sigma_diff"):
        error = np.abs(ours[prefix + kind] - theirs[prefix + kind]).max()
        checks.append(Check(f"{prefix}{kind}, difference", float(error), 5e-3))
    return checks


def _compare_gradient(name, ours, theirs):
    norm = abs(ours[f"grad_norm/{name}"] / theirs[f"grad_norm/{name}"] - 1)
    checks = [Check(f"gradient of {name}, norm, relative", float(norm), 5e-3)]
    a, b = ours[f"grad/{name}"], theirs.get(f"grad/{name}")
    if b is None:  # the golden file has some entries only
        a, b = a[theirs[f"grad_index/{name}"]], theirs[f"grad_value/{name}"]
    if np.ptp(b) > 0:  # a correlation needs two different entries
        lost = 1 - np.corrcoef(a, b)[0, 1]
        checks.append(Check(f"gradient of {name}, 1 - correlation", float(lost), 1e-4))
    return checks


def _forward(prefix, embeddings, forensic):
    sigmas = (
        metric.likelihood(metric.distance(forensic, embeddings[0], embeddings[second]))
        for second in (1, 2)
    )
    values = (embeddings, *sigmas)
    return {
        prefix + key: np.asarray(value)
        for key, value in zip(("embeddings", "sigma_same", "sigma_diff"), values, strict=True)
    }


def _by_name(kind, tree):
    """Entries and norms of parameters or gradients under the authors' names."""
    flat = {
        tuple(part.key for part in path): np.asarray(leaf, np.float64).ravel()
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
    results = {}
    for name in _NAMES:
        results[f"{kind}/{name}"] = flat[_path(name)]
        results[f"{kind}_norm/{name}"] = np.linalg.norm(flat[_path(name)])
    return results


def _running(moments):
    """Running averages as the golden file has them: as accumulated, without the debiasing."""
    return {
        f"running/branch{branch}/{kind}{layer}": np.asarray(moments[part][kind][branch])
        for layer, part in enumerate(_NORMS)
        for branch in range(3)
        for kind in ("mean", "variance")
    }


def _not_debiased(moments):
    """Moments that read as accumulated: after very many updates nothing is left to debias."""
    return {part: kept | {"count": jnp.int32(2**30)} for part, kept in moments.items()}


def _moved(params, seed):
    """Every parameter times 1 + a normal draw of the size of float32 rounding."""
    draws = np.random.default_rng(seed)
    unit = float(np.finfo(np.float32).eps)
    return jax.tree.map(
        lambda leaf: jnp.asarray(leaf * (1 + unit * draws.standard_normal(leaf.shape)), leaf.dtype),
        params,
    )


def _path(name: str) -> tuple[str, ...]:
    """Where the authors' variable `name` lives in our parameters."""
    if name == "alpha":
        return ("alpha",)
    layer, kind = int(name[1]), name[3:]
    part = {4: "head", 5: "embedding"}.get(layer, f"block{layer}")
    if kind.startswith("bn_"):
        return (f"{part}_norm", kind[3:])
    if kind == "1x1_weights":
        return (f"{part}_nin", "kernel")
    leaf = "bias" if kind == "biases" else "kernel"
    if layer >= 4:
        return ("hidden" if layer == 4 else "embedding", leaf)
    return (f"{part}_conv{'1' if kind == 'weights1' else '2'}", leaf)


def _golden_params(golden, shapes):
    params = jax.tree.map(lambda leaf: leaf, shapes)  # a copy, of which every leaf is replaced
    for number, name in enumerate(str(name) for name in golden["names"]):
        path = _path(name)
        node = params
        for part in path[:-1]:
            node = node[part]
        shape = node[path[-1]].shape
        seed = int(golden["weight_seed"]) + number
        draw = np.random.RandomState(seed).standard_normal(shape)
        node[path[-1]] = jnp.asarray(_scaled(name, draw), jnp.float32)
    return params


def _scaled(name, draw):
    if name.endswith("_bn_scale"):
        return 1 + 0.1 * draw
    if name.endswith(("_bn_offset", "_biases")):
        return 0.1 * draw
    if name == "alpha":
        return 0.02 + 0.05 * draw
    return draw * np.sqrt(2 / np.prod(draw.shape[:-1]))
