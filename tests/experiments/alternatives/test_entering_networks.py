"""A network enters a contest by its f, and by the verified score where that was fitted."""

import types

import numpy as np
import pytest

from experiments.alternatives import networks
from imgforensics.inference.weights import fingerprint
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration

MODEL = types.SimpleNamespace(params={"alpha": np.ones(3)}, moments={})
PAIRS = {"copy": 1, "random": 1}
COEFFICIENTS = dict.fromkeys(calibration.NUMBERS, -2.0)


def fit(path, model=MODEL):
    points = dict.fromkeys(("same", "screening"), calibration.Point(1.0, {"random": 0.0}, 1.0))
    fitted = calibration.Calibration(fingerprint(model), 0.0, COEFFICIENTS, points, points, PAIRS)
    calibration.save(fitted, calibration.beside(path))
    return fitted


def test_without_a_fit_there_is_no_verified_score(tmp_path):
    assert list(networks.loaders("ours", MODEL, tmp_path)) == ["ours", "ours, local"]


def test_the_verified_score_is_that_of_the_fit(tmp_path, monkeypatch):
    fitted, seen = fit(tmp_path), []

    def score(*arguments):
        seen.append(arguments)
        return np.arange(len(arguments[-1]))

    monkeypatch.setattr(networks, "verified", score)
    loaders = networks.loaders("ours", MODEL, tmp_path)
    assert list(loaders) == ["ours", "ours, local", "ours, verified"]
    system = loaders["ours, verified"]()
    images, pairs = np.zeros((2, 8, 8), np.uint8), np.array([[0, 1], [1, 0]])
    assert system(images, pairs).tolist() == [0, 1]
    [(model, calibrated, _, _)] = seen
    assert model is MODEL and calibrated == fitted
    assert system.threshold == 1 and system.facts["coefficients"] == COEFFICIENTS


def test_a_fit_of_other_weights_is_refused(tmp_path):
    fit(tmp_path, types.SimpleNamespace(params={"alpha": np.zeros(3)}, moments={}))
    with pytest.raises(UserError, match="was fitted to other weights"):
        networks.loaders("ours", MODEL, tmp_path)
