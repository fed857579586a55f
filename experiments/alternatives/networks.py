"""A trained network as it enters a contest with others: its f, and the verified score."""

import functools
import os
from collections.abc import Callable

from experiments.alternatives.systems import System, of_model, of_scorer
from imgforensics.inference.weights import Model, fingerprint
from imgforensics.verification import calibration
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
    found = {name: lambda: of_model(name, model)}
    if (beside := calibration.beside(path)).exists():
        digest = fingerprint(model)
        fitted = calibration.load(beside, digest)
        title, score = f"{name}, verified", functools.partial(verified, model, fitted)
        facts = {"sha256": digest, "coefficients": fitted.coefficients}
        found[title] = lambda: of_scorer(title, score, threshold=1.0, **facts)
    return found
