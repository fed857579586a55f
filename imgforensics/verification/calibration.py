"""What makes of f, and of f with a registration's evidence, scores with a known rate of errors.

A file of weights, W.npz, has its calibration beside it, as W.verified.json, which names the weights
by their fingerprint and is hashed itself. The verified score v is scaled as f is: with v = 1 - log
odds, the likelihood is sigmoid(1 - v), and v <= 1 where a pair is more likely a copy than not, if
copies are as frequent as others and these are as in the fit: at random, of one class, of one source
image, of one layout, and the nearest by f of a large library, which has to be in the fit: where f
chooses the pairs it is small for all of them, and says less than among pairs at random.
"""

import hashlib
import json
import os
import pathlib
from typing import NamedTuple

import numpy as np
import scipy.special

from imgforensics.utils import atomic, reading
from imgforensics.utils.errors import UserError
from imgforensics.verification.evidence import Evidence

SAME, SCREENING = "same", "screening"  # names of the operating points
NUMBERS = (
    "inliers", "share of inliers", "common", "correlation", "broad correlation", "significance",
    "agreement", "distinctness", "support", "f",
)  # fmt: skip
_MAX_CORRELATION = 0.98  # correlation, beyond which images are just the same
_DISTINCT, _VISIBLE = 10.0, 20.0  # distinctness, and places to tell by, of which more is no more
_SUPPORT = 0.1  # support of the gate's votes, up to about which it says little
_MAX_F = 4.0  # f, beyond which images are just different
_RIDGE = 1e-3  # of the standardised coefficients: classes without overlap have no finite optimum
_NEWTON_STEPS = 100  # of Newton's method
_MAX_NUMBER = 1e9  # of a calibration's numbers


class Point(NamedTuple):
    """An operating point: pairs that score at most the threshold are taken for copies.

    Attributes:
        threshold: of the score.
        false_positive_rate: measured, by kind of the different images ("random", "same_class").
        true_positive_rate: measured, of copies.
        interval: 95 % interval of each false positive rate, where one was measured.
    """

    threshold: float
    false_positive_rate: dict[str, float]
    true_positive_rate: float
    interval: dict[str, list[float]] = {}  # noqa: RUF012


class Calibration(NamedTuple):
    """What was fitted to validation pairs, for one model.

    Attributes:
        fingerprint: of the model, see `weights.fingerprint`.
        intercept, coefficients: of the log odds of a copy, a coefficient for each of `NUMBERS`.
        f, verified: the operating points of either score by name.
        pairs: how many of each kind, "copy" and those of the rates of `verified`, these are of.
    """

    fingerprint: str
    intercept: float
    coefficients: dict[str, float]
    f: dict[str, Point]
    verified: dict[str, Point]
    pairs: dict


def numbers(evidence: Evidence, f: float) -> np.ndarray:
    """What the log odds are linear in, float64 [10], in the order of `NUMBERS`."""
    return np.array([
        np.log1p(evidence.inliers),
        evidence.inliers / max(evidence.matches, 1),
        evidence.common,
        np.arctanh(np.clip(evidence.correlation, 0, _MAX_CORRELATION)),
        np.arctanh(np.clip(evidence.broad_correlation, 0, _MAX_CORRELATION)),
        np.log1p(max(evidence.significance, 0)),
        evidence.agreement,
        _distinct(evidence),
        np.log1p(evidence.support / _SUPPORT),
        limited(f),
    ])  # fmt: skip


def _distinct(evidence: Evidence) -> float:
    """From -1, where there is much to see that fits elsewhere as well, to 1; about 0 of little."""
    return min(evidence.distinctness / _DISTINCT, 1) - min(evidence.visible / _VISIBLE, 1)


def limited(f):
    """f as far as it is evidence, in [0, 4]."""
    return np.clip(f, 0, _MAX_F)


def score(calibration: Calibration, evidence: Evidence, f: float) -> float:
    """The verified score, at most 1 for copies."""
    coefficients = np.array([calibration.coefficients[name] for name in NUMBERS])
    return float(1 - calibration.intercept - numbers(evidence, f) @ coefficients)


def fit(rows: np.ndarray, is_copy: np.ndarray) -> tuple[float, dict[str, float]]:
    """Logistic regression, in which copies and others weigh the same.

    Args:
        rows: float [n, 10], `numbers` of each pair.
        is_copy: bool [n], of either kind at least one.

    Returns:
        The intercept and the coefficients.
    """
    mean, spread = rows.mean(0), np.maximum(rows.std(0), 1e-9)
    inputs = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    share = np.where(is_copy, 0.5 / is_copy.sum(), 0.5 / (~is_copy).sum())
    ridge = _RIDGE * np.diag([0.0] + [1.0] * rows.shape[1])
    found = np.zeros(inputs.shape[1])
    for _ in range(_NEWTON_STEPS):
        likelihood = scipy.special.expit(inputs @ found)
        slope = inputs.T @ (share * (likelihood - is_copy)) + ridge @ found
        curvature = (inputs.T * (share * likelihood * (1 - likelihood))) @ inputs + ridge
        found -= np.linalg.solve(curvature, slope)
    coefficients = found[1:] / spread
    return float(found[0] - mean @ coefficients), dict(zip(NUMBERS, coefficients.tolist()))


def digest(calibration: Calibration) -> str:
    """SHA-256 of its content, which holds the model's fingerprint, in hexadecimal."""
    return _digest(_record(calibration))


def save(calibration: Calibration, path: str | os.PathLike) -> None:
    """Writes a calibration as JSON with the SHA-256 of its content; an older one is replaced."""
    record = _record(calibration)
    with atomic.writing(path) as file:
        json.dump(record | {"sha256": _digest(record)}, file, indent=2)
        file.write("\n")


def beside(weights: str | os.PathLike) -> pathlib.Path:
    """Where the calibration of a file of weights, or of a run's folder, is kept."""
    weights = pathlib.Path(weights)
    name = "verified.json"
    return weights / name if weights.is_dir() else weights.with_suffix(f".{name}")


def load(path: str | os.PathLike, fingerprint: str) -> Calibration:
    """Reads what `save` wrote.

    Args:
        path: of the file.
        fingerprint: of the model that it is wanted for.

    Raises:
        UserError: there is none, it is of another kind, was changed, or belongs to another model.
    """
    remedy = "fit one with `imgforensics fit_verified --weights=...`"
    try:
        record = reading.parse(reading.text(path))
        if problem := _problem(record):
            raise ValueError(problem)
    except FileNotFoundError as error:
        raise UserError(f"there is no calibration at {path}: {remedy}") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is no calibration ({reading.reason(error)}): {remedy}") from error
    digest = record.pop("sha256")
    if digest != _digest(record):
        raise UserError(f"{path} was changed: its content does not match its hash; {remedy}")
    if record["fingerprint"] != fingerprint:
        raise UserError(f"{path} was fitted to other weights: {remedy}")
    for name in ("f", "verified"):
        record[name] = {key: Point(**point) for key, point in record[name].items()}
    return Calibration(**record)


def _record(calibration: Calibration) -> dict:
    record = calibration._asdict()
    for name in ("f", "verified"):
        record[name] = {key: point._asdict() for key, point in record[name].items()}
    return record


def _digest(record: dict) -> str:
    """SHA-256 of a record without its own, in hexadecimal; it holds the model's fingerprint."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _problem(record) -> str | None:
    """What is wrong with a record whose numbers are finite."""
    if not isinstance(record, dict) or record.keys() != {*Calibration._fields, "sha256"}:
        return "its fields are others, or of another version"
    if not all(isinstance(record[name], str) for name in ("fingerprint", "sha256")):
        return "its hashes are no text"
    if not _is_number(record["intercept"]) or not _holds_numbers(record["coefficients"], NUMBERS):
        return "its coefficients are others, or no numbers"
    for name in ("f", "verified"):
        points = record[name]
        if not isinstance(points, dict) or points.keys() != {SAME, SCREENING}:
            return f"its operating points of {name} are others"
        for point in points.values():
            if (
                not isinstance(point, dict)
                or point.keys() != set(Point._fields)
                or not (
                    _is_number(point["threshold"])
                    and _is_rate(point["true_positive_rate"])
                    and isinstance(point["false_positive_rate"], dict)
                    and all(map(_is_rate, point["false_positive_rate"].values()))
                    and _holds_intervals(point["interval"])
                )
            ):
                return f"an operating point of {name} is no threshold with rates"
    kinds = {"copy"}.union(*(point["false_positive_rate"] for point in record["verified"].values()))
    pairs = record["pairs"]
    if not isinstance(pairs, dict) or not _holds_numbers(pairs, kinds):
        return "its pairs are not counted"
    return None


def _holds_numbers(values, names) -> bool:
    return (
        isinstance(values, dict)
        and values.keys() == set(names)
        and all(map(_is_number, values.values()))
    )


def _holds_intervals(values) -> bool:
    return isinstance(values, dict) and all(
        isinstance(ends, list) and len(ends) == 2 and all(map(_is_rate, ends))
        for ends in values.values()
    )


def _is_number(value) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) <= _MAX_NUMBER


def _is_rate(value) -> bool:
    return _is_number(value) and 0 <= value <= 1
