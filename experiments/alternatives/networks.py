"""A trained network as it enters a contest with others: f, f with local matches, verified."""

import functools
import os
from collections.abc import Callable

import numpy as np
import tqdm

from experiments.alternatives.feature_maps import feature_maps
from experiments.alternatives.gate import gate_alone
from experiments.alternatives.systems import System, of_model, of_scorer
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model, fingerprint
from imgforensics.models import metric
from imgforensics.verification import calibration, gate, local
from imgforensics.verification.verified import verified


def loaders(name: str, model: Model, path: str | os.PathLike) -> dict[str, Callable[[], System]]:
    """What makes the systems of a network: f, and the verified score where it was fitted.

    Args:
        name: of the network; the verified score is named after it.
        model: the network.
        path: of its weights, beside which the fit of the verified score is looked for.

    Raises:
        UserError: the fit is of other weights.
    """
    found = {
        name: lambda: of_model(name, model),
        f"{name}, local": lambda: _local(f"{name}, local", model),
    }
    if (beside := calibration.beside(path)).exists():
        digest = fingerprint(model)
        fitted = calibration.load(beside, digest)
        title, score = f"{name}, verified", functools.partial(verified, model, fitted)
        facts = {"sha256": digest, "coefficients": fitted.coefficients}
        found[title] = lambda: of_scorer(title, score, threshold=1.0, **facts)
    return found


def stages(model: Model, path: str | os.PathLike) -> dict[str, Callable[[], System]]:
    """What makes the stages of a screening by a compact network, the quickest first, by name.

    Raises:
        UserError: the verified score was not fitted to these weights.
    """
    fitted = calibration.load(calibration.beside(path), fingerprint(model))
    verify = functools.partial(verified, model, fitted)
    return {
        "f": lambda: of_model("f", model),
        "gate": gate_alone,
        "local": lambda: _local("f with local matches", model),
        "maps": lambda: feature_maps("f with feature maps", model),
        "verified": lambda: of_scorer("verified", verify, threshold=1.0),
    }


def _local(title, model) -> System:
    def describe(images):
        shown = tqdm.tqdm(images, desc=f"{title}, describing", unit=" images", leave=False)
        return embed(model, images), np.stack([gate.describe(image) for image in shown])

    def compare(described, pairs):
        embeddings, descriptions = described
        first, second = np.asarray(pairs).T
        f = np.asarray(metric.distance(model.metric, embeddings[first], embeddings[second]))
        return local.scores(descriptions, pairs, f)

    return System(title, describe, compare, {"sha256": fingerprint(model)}, threshold=1.0)
