"""Calibrations against scikit-learn, hand-made cases, and what is said of wrong files."""

import json

import numpy as np
import pytest

from imgforensics import pretrained
from imgforensics.inference import weights
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration, evidence, verified
from imgforensics.verification.calibration import NUMBERS, SAME, SCREENING
from imgforensics.verification.evidence import Evidence


def test_the_fit_is_that_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    is_copy = np.arange(300) % 3 == 0
    rows = (
        rng.standard_normal((300, len(NUMBERS))) * np.arange(1, len(NUMBERS) + 1)
        + is_copy[:, None] * 2.0
    )
    intercept, coefficients = calibration.fit(rows, is_copy)
    inputs = (rows - rows.mean(0)) / rows.std(0)
    oracle = linear_model.LogisticRegression(C=1 / calibration._RIDGE, tol=1e-10, max_iter=10_000)
    oracle.fit(inputs, is_copy, np.where(is_copy, 0.5 / is_copy.sum(), 0.5 / (~is_copy).sum()))
    found = intercept + rows @ [coefficients[name] for name in NUMBERS]
    np.testing.assert_allclose(found, oracle.decision_function(inputs), atol=1e-4)


def test_classes_without_overlap_can_be_fitted():
    rows = np.zeros((20, len(NUMBERS)))
    rows[:10, 0] = 1
    _, coefficients = calibration.fit(rows, np.arange(20) < 10)
    assert 0 < coefficients["inliers"] < 100


def test_what_fits_elsewhere_speaks_against_a_copy_where_there_is_much_to_see():
    at = NUMBERS.index("distinctness")
    for visible, distinctness, counted in ((0, 0, 0), (40, 0, -1), (40, 5, -0.5), (5, 90, 0.75)):
        found = Evidence(visible=visible, distinctness=distinctness)
        assert calibration.numbers(found, 0.0)[at] == counted


def test_the_votes_of_the_gate_count_by_their_logarithm():
    at = NUMBERS.index("support")
    for support, counted in ((0.0, 0.0), (0.1, np.log(2)), (0.9, np.log(10))):
        found = calibration.numbers(Evidence(support=support), 0.0)[at]
        assert found == pytest.approx(counted)


def test_calibrations_are_read_as_they_were_written(weights_file, tmp_path):
    model = weights.load(weights_file)
    path = calibration.beside(weights_file)
    assert path.name == "untrained.verified.json"
    fingerprint = weights.fingerprint(model)
    read = calibration.load(path, fingerprint)
    calibration.save(read, tmp_path / "again.json")
    assert calibration.load(tmp_path / "again.json", fingerprint) == read


def test_wrong_calibrations_are_refused(weights_file, tmp_path):
    path = calibration.beside(weights_file)
    with pytest.raises(UserError, match="fitted to other weights.*fit_verified"):
        calibration.load(path, "another")
    with pytest.raises(UserError, match="no calibration at .*fit_verified"):
        calibration.load(tmp_path / "none.json", "")
    older = json.loads(path.read_text())
    del older["coefficients"]["agreement"]
    newer = json.loads(path.read_text()) | {"more": 1}
    for text in ("{", "[]", '{"f": 1}', json.dumps(older), json.dumps(newer)):
        (tmp_path / "wrong.json").write_text(text)
        with pytest.raises(UserError, match="wrong.json is no calibration"):
            calibration.load(tmp_path / "wrong.json", "")


def test_a_calibration_of_other_numbers_is_refused(weights_file, tmp_path):
    """Types and bounds first, and then the hash of whatever fits."""
    path = calibration.beside(weights_file)
    record = json.loads(path.read_text())

    def changed(value, *fields):
        copy = json.loads(path.read_text())
        inner = copy
        for name in fields[:-1]:
            inner = inner[name]
        inner[fields[-1]] = value
        return json.dumps(copy)

    fields = (("intercept",), ("coefficients", "f"), ("f", SAME, "threshold"))
    texts = [
        changed(value, *field)
        for field in fields
        for value in (float("nan"), float("-inf"), "2", None, [1.0], True, 10**400)
    ]
    texts += [
        changed(2.0, "verified", SCREENING, "true_positive_rate"),
        changed({"random": "few"}, "f", SAME, "false_positive_rate"),
        changed([], "f"), changed({}, "verified"), changed(None, "f", SAME), changed(3, "pairs"),
        changed({"copy": 3}, "pairs"), changed({"random": [0.0]}, "f", SAME, "interval"),
        changed({"random": [0.0, 2.0]}, "f", SAME, "interval"),
        changed(1, "fingerprint"), changed(None, "sha256"), "[" * 100_000, "\0", "1e999", '"f"',
    ]  # fmt: skip
    for text in texts:
        (tmp_path / "wrong.json").write_text(text)
        with pytest.raises(UserError, match="wrong.json is no calibration.*fit_verified") as told:
            calibration.load(tmp_path / "wrong.json", record["fingerprint"])
        assert "\n" not in str(told.value)
    (tmp_path / "wrong.json").write_text(changed(-8.25, "intercept"))
    with pytest.raises(UserError, match="wrong.json was changed: .* hash; fit one"):
        calibration.load(tmp_path / "wrong.json", record["fingerprint"])


def test_a_fingerprint_is_of_the_arrays_alone(weights_file):
    model = weights.load(weights_file)
    params = dict(model.params, alpha=model.params["alpha"] + 1e-3)
    assert weights.fingerprint(model._replace(step=9)) == weights.fingerprint(model)
    assert weights.fingerprint(model._replace(params=params)) != weights.fingerprint(model)


def test_the_score_is_one_minus_the_log_odds(weights_file):
    fitted = calibration.load(
        calibration.beside(weights_file), weights.fingerprint(weights.load(weights_file))
    )
    found = Evidence(matches=20, inliers=9, significance=np.e - 1)
    assert np.isclose(calibration.score(fitted, found, 1.0), 1 + 8.5 - 2 * np.log(10) - 2)


def test_f_is_evidence_only_as_far_as_it_goes():
    for f, counted in ((-3, 0), (0.5, 0.5), (40, 4)):
        assert calibration.numbers(Evidence(), f)[NUMBERS.index("f")] == counted


def test_the_scorer_tells_copies_from_others(weights_file, tissue, cells):
    model = weights.load(weights_file)
    fitted = calibration.load(calibration.beside(weights_file), weights.fingerprint(model))
    images = np.stack([
        tissue[150:278, 150:278], tissue[150:278, 150:278][::-1], cells[200:328, 200:328]
    ])  # fmt: skip
    pairs = np.array([[0, 1], [0, 2], [2, 1]])
    scores = verified.verified(model, fitted, images, pairs)
    assert scores.shape == (3,) and scores[0] < 0 and (scores[1:] > 1).all()
    f = verified.distances(model, images, pairs)
    prepared = [evidence.prepare(image) for image in images]
    alone = [
        calibration.score(fitted, evidence.gather(prepared[i], prepared[j]), value)
        for (i, j), value in zip(pairs, f)
    ]
    np.testing.assert_allclose(scores, alone)
    assert verified.verified(model, fitted, images, pairs[:0]).shape == (0,)


def test_the_shipped_calibration_is_that_of_the_shipped_weights():
    fitted = calibration.load(
        calibration.beside(pretrained.path()), weights.fingerprint(pretrained.load_pretrained())
    )
    assert fitted.f[SAME].threshold == fitted.verified[SAME].threshold == 1
    for points in (fitted.f, fitted.verified):
        assert points[SCREENING].threshold <= 1
        assert points[SCREENING].false_positive_rate["random"] <= 0.001
