"""From a run to weights that can be used: the commands of docs/training.md, in their order."""

import shutil

import numpy as np
import pytest

from imgforensics import main
from imgforensics.evaluation import fitting
from imgforensics.inference import weights
from imgforensics.training import checkpoints
from imgforensics.verification import calibration
from imgforensics.verification.calibration import NUMBERS


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "mine.npz"
    main.main(["export_weights", f"--workdir={finished[0]}", f"--out={path}", "--which=latest"])
    return path


def test_a_run_is_exported_in_full_and_in_half(exported, finished, tmp_path):
    model, latest = weights.load(exported), checkpoints.read_model(finished[0], "latest")
    assert weights.fingerprint(model) == weights.fingerprint(latest) and model.step == latest.step
    half = tmp_path / "half.npz"
    main.main(["export_weights", f"--workdir={finished[0]}", f"--out={half}", "--half"])
    best = checkpoints.read_model(finished[0], "best")
    assert half.stat().st_size < exported.stat().st_size
    alpha = np.asarray(best.metric.alpha)
    np.testing.assert_allclose(weights.load(half).metric.alpha, alpha, rtol=1e-3)


def test_f_is_scaled(exported, tmp_path):
    scaled = tmp_path / "scaled.npz"
    main.main(["scale_alpha", f"--weights={exported}", "--rate=0.1", f"--out={scaled}"])
    ratio = np.asarray(weights.load(scaled).metric.alpha / weights.load(exported).metric.alpha)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_the_verified_score_is_fitted(weights_file, textures, tmp_path, capsys, monkeypatch):
    seen, to_fit = [], fitting._to_fit
    monkeypatch.setattr(fitting, "_to_fit", lambda *given: seen.append(to_fit(*given)) or seen[0])
    mine = tmp_path / "mine.npz"
    shutil.copy(weights_file, mine)
    data = ["--source=folder", f"--folder={textures}"]
    main.main(["fit_verified", f"--weights={mine}", *data, "--copies=2", "--negatives=2"])
    beside = calibration.beside(mine)
    fitted = calibration.load(beside, weights.fingerprint(weights.load(mine)))
    assert set(fitted.f) == set(fitted.verified) == {calibration.SAME, calibration.SCREENING}
    [(numbers, kinds)] = seen
    assert (kinds == "proposed").sum() == 6 and numbers.shape == (len(kinds), len(NUMBERS))
    for point in fitted.verified.values():
        assert {"random", "nearest", "proposed", "same_layout"} <= set(point.false_positive_rate)
    assert f"written to {beside}" in capsys.readouterr().out


def test_a_training_set_is_packed(textures, tmp_path, capsys):
    path = tmp_path / "pack.npz"
    data = ["--config.data.source=folder", f"--config.data.folder={textures}"]
    main.main(["pack", "--config=quick", *data, "--config.data.added_blots=2", f"--out={path}"])
    out = capsys.readouterr().out
    assert out.rstrip().endswith(" to validate, 2 drawn blots") and path.stat().st_size < 2**20
