"""Parity of the network, its gradients and its running moments with the authors' code."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax

from imgforensics.losses import triplet_loss
from imgforensics.models import metric
from imgforensics.models.network import Network
from imgforensics.parity import Check
from imgforensics.parity.sequential import SequentialSums

# The gradient of a bias in front of a batch normalisation, and of one that every difference of
# embeddings cancels, is zero; what either code computes there is rounding noise.
_ZERO_GRADIENT = ("l4_biases", "l5_biases", "l5_bn_offset")
_STEPS = 4


def check(golden: Mapping[str, np.ndarray]) -> list[Check]:
    """Compares with the outputs of the authors' TensorFlow code (version V01).

    Args:
        golden: the arrays of a network golden file. Its weights are made again from
            `weight_seed`: variable i is drawn from `RandomState(weight_seed + i)`.

    Returns:
        One record for each quantity.
    """
    network = Network(sums=SequentialSums())
    images = jnp.asarray(golden["triplets"], jnp.float32) / 255
    variables = network.init(jax.random.key(0), images[:, :1])
    template = variables["params"]
    params = _golden_params(golden, template)
    names = [str(name) for name in golden["names"]]
    optimizer = optax.sgd(1e-5, momentum=0.9)

    @jax.jit
    def value_and_gradients(params, moments):
        def loss(params):
            (embeddings, alpha), updated = network.apply(
                {"params": params, "moments": moments}, images, mutable="moments"
            )
            return triplet_loss(alpha, embeddings).sum(), (embeddings, updated["moments"])

        return jax.value_and_grad(loss, has_aux=True)(params)

    checks, losses = [], []
    moments, state = variables["moments"], optimizer.init(params)
    for step in range(_STEPS + 1):
        (loss, (embeddings, updated)), gradients = value_and_gradients(params, moments)
        losses.append(float(loss))
        if step == 0:
            checks += _forward("", golden, embeddings, params["alpha"])
            checks += _gradients(golden, names, _by_name(gradients))
        if step == 3:
            checks += _norms(golden, names, _by_name(params))
        if step == _STEPS:  # the loss after the last step; its moments were not recorded
            break
        moments = updated
        updates, state = optimizer.update(gradients, state)
        params = optax.apply_updates(params, updates)

    curve = np.abs(np.array(losses) / golden["loss_curve"] - 1)
    checks.append(Check("loss curve, relative", float(curve.max()), 2e-3))
    checks += _moments(golden, moments)
    embeddings, alpha = network.apply(
        {"params": params, "moments": moments}, images, running=True
    )
    return checks + _forward("eval_", golden, embeddings, alpha)


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


def _golden_params(golden, template):
    params = jax.tree.map(np.asarray, template)
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


def _by_name(tree):
    flat = {
        tuple(part.key for part in path): np.asarray(leaf, np.float64)
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
    return lambda name: flat[_path(name)]


def _forward(prefix, golden, embeddings, alpha):
    """Embeddings by correlation and by their largest difference, and the two likelihoods."""
    ours, theirs = np.asarray(embeddings), golden[f"{prefix}embeddings"]
    correlation = np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]
    spread = np.abs(ours - theirs).max() / np.ptp(theirs)
    checks = [
        Check(f"{prefix}embeddings, 1 - correlation", float(1 - correlation), 1e-5),
        Check(f"{prefix}embeddings, difference / range", float(spread), 5e-3),
    ]
    for kind, second in (("same", 1), ("diff", 2)):
        sigma = metric.likelihood(metric.distance(alpha, embeddings[0], embeddings[second]))
        error = np.abs(np.asarray(sigma) - golden[f"{prefix}sigma_{kind}"]).max()
        checks.append(Check(f"{prefix}sigma_{kind}, difference", float(error), 5e-3))
    return checks


def _gradients(golden, names, gradient):
    checks = []
    for name in names:
        if name in _ZERO_GRADIENT:
            continue
        ours = gradient(name)
        norm = abs(np.linalg.norm(ours) / golden[f"grad_norm/{name}"] - 1)
        checks.append(Check(f"gradient of {name}, norm, relative", float(norm), 5e-3))
        entries = ours.ravel()[golden[f"grad_index/{name}"]]
        theirs = golden[f"grad_value/{name}"]
        if np.ptp(theirs) > 0:  # a correlation needs two different entries
            lost = 1 - np.corrcoef(entries, theirs)[0, 1]
            checks.append(Check(f"gradient of {name}, 1 - correlation", float(lost), 1e-4))
    return checks


def _norms(golden, names, parameter):
    checks = []
    for name in names:
        error = abs(np.linalg.norm(parameter(name)) / golden[f"after3_norm/{name}"] - 1)
        checks.append(Check(f"{name} after 3 steps, norm, relative", float(error), 5e-3))
    return checks


def _moments(golden, moments):
    """Running moments, as the largest difference relative to the largest of their layer."""
    checks = []
    for layer in range(6):
        part = {4: "head", 5: "embedding"}.get(layer, f"block{layer}")
        kept = moments[f"{part}_norm"]
        weight = 1 - 0.9 ** int(kept["count"])
        for branch in range(3):
            for kind in ("mean", "variance"):
                theirs = golden[f"running/branch{branch}/{kind}{layer}"]
                ours = np.asarray(kept[kind][branch]) / weight
                error = np.abs(ours - theirs).max() / np.abs(theirs).max()
                quantity = f"running {kind} of branch {branch}, layer {layer}, relative"
                checks.append(Check(quantity, float(error), 5e-3))
    return checks
