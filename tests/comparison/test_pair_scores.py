"""All scores of a table, with the shipped weights, and how a stopped run goes on."""

import csv

import cv2
import numpy as np
import pytest
from PIL import Image

from imgforensics import pretrained
from imgforensics.comparison import pair_scores, pairs
from imgforensics.comparison.pair_scores import COLUMNS, Scorer
from imgforensics.inference import weights
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration, verified


@pytest.fixture(scope="module")
def scorer():
    model = pretrained.load_pretrained()
    path = calibration.beside(pretrained.path())
    return Scorer(model, tuple(COLUMNS), calibration.load(path, weights.fingerprint(model)))


@pytest.fixture
def root(tmp_path, tissue):
    folder = tmp_path / "images"
    folder.mkdir()
    turn = cv2.getRotationMatrix2D((200.0, 200.0), 25, 1.1)
    turned = cv2.warpAffine(tissue, turn, (512, 512), flags=cv2.INTER_CUBIC)
    for name, image in (("a", tissue), ("copy", turned[:, ::-1]), ("other", np.rot90(tissue, 2))):
        x = 512 - 264 if name == "copy" else 136
        Image.fromarray(np.ascontiguousarray(image[136:264, x : x + 128])).save(
            folder / f"{name}.png"
        )
    (folder / "broken.png").write_bytes(b"no image")
    return folder


@pytest.fixture
def table(root):
    path = root.parent / "pairs.csv"
    rows = ["a.png,copy.png", "a.png,broken.png", "a.png,other.png", "copy.png,a.png"]
    path.write_text("\n".join(["a,b", *rows]) + "\n")
    return path


def run(scorer, root, table):
    out = root.parent / "scores.csv"
    done = pairs.score(scorer, pairs.check(table, root, scorer.scores), table, root, out)
    with open(out, newline="") as lines:
        return done, list(csv.DictReader(lines))


def test_every_score_has_its_column_and_tells_copies(scorer, root, table):
    done, (copy, broken, other, back) = run(scorer, root, table)
    assert done == (4, 1, 3)
    assert list(copy) == ["a", "b", "f", "likelihood", "local", "verified", "reason"]
    for name in COLUMNS:
        assert float(copy[name]) < 1 < float(other[name]), name
        assert broken[name] == "" and "broken.png" in broken["reason"]
        assert float(back[name]) == pytest.approx(float(copy[name]), rel=1e-5)
    squares = np.stack([np.asarray(Image.open(root / f"{n}.png")) for n in ("a", "copy", "other")])
    expected = verified.verified(
        scorer.model, scorer.calibration, squares, np.array([[0, 1], [0, 2]])
    )
    found = [float(row["verified"]) for row in (copy, other)]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert [path.name for path in root.parent.iterdir() if path.name.startswith(".")] == []


def test_a_stopped_run_goes_on_where_it_was(scorer, root, table, monkeypatch):
    expected = run(scorer, root, table)
    monkeypatch.setattr(pairs, "_CHUNK", 1)
    real, scored = pair_scores.local.scores, []

    def stopped(descriptions, numbers, f, mapped):
        scored.append(len(numbers))
        if len(scored) == 2:
            raise KeyboardInterrupt
        return real(descriptions, numbers, f, mapped)

    monkeypatch.setattr(pair_scores.local, "scores", stopped)
    (root.parent / "scores.csv").write_text("older")
    with pytest.raises(KeyboardInterrupt):
        run(scorer, root, table)
    assert (root.parent / "scores.csv").read_text() == "older"
    [kept] = root.parent.glob(".imgforensics-*.scores")
    with open(kept, "a") as file:
        file.write('["0.5", "0.')  # a row that was not finished
    done, rows = run(scorer, root, table)
    assert len(scored) == 4  # the first pair is scored once, and the broken one never
    assert done == expected[0] and not kept.exists()
    for row, other in zip(rows, expected[1], strict=True):
        assert row["reason"] == other["reason"]
        for name in COLUMNS:
            assert float(row[name] or 0) == pytest.approx(float(other[name] or 0), rel=1e-4)


def test_another_table_or_image_is_another_job(scorer, root, table):
    jobs = set()
    light = scorer._replace(scores=("f",))
    for change in ("nothing", "image", "table", "scores"):
        if change == "image":
            Image.open(root / "other.png").rotate(90).resize((200, 200)).save(root / "a.png")
        elif change == "table":
            table.write_text("a,b\na.png,copy.png\n")
        elif change == "scores":
            light = scorer
        checked = pairs.check(table, root, light.scores)
        jobs.add(pairs._job(light, checked, table, root))
    assert len(jobs) == 4


def test_two_at_once_are_told(scorer, root, table):
    light = scorer._replace(scores=("f",))
    checked = pairs.check(table, root)
    out = root.parent / "scores.csv"
    with pairs._kept(out, pairs._job(light, checked, table, root)):
        with pytest.raises(UserError, match="another process is at work on .*scores.csv"):
            pairs.score(light, checked, table, root, out)
