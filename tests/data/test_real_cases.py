import csv
import itertools
import re

import numpy as np
import pytest
from PIL import Image

from imgforensics.data import real_cases
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("cases")
    summary = real_cases.write(root)
    with open(root / "manifest.csv", newline="", encoding="utf-8") as lines:
        return root, summary, list(csv.DictReader(lines))


def test_54_cases_of_an_original_and_three_copies(written):
    root, summary, rows = written
    cases = real_cases.read_cases(root)
    assert cases.images.shape == (216, 128, 128) and cases.images.dtype == np.uint8
    assert np.unique(cases.labels, return_counts=True)[1].tolist() == [4] * 54
    assert summary["cases"] == cases.summary["classes"] == 54
    assert cases.summary["resized to 128x128"] == 0 and not cases.summary["unreadable"]
    assert [row["file"] for row in rows] == [
        f"case{case:02d}/{k}.png" for case in range(54) for k in range(4)
    ]


def test_windows_of_different_cases_do_not_overlap(written):
    places = {(row["source"], int(row["row"]), int(row["column"])) for row in written[2]}
    assert len(places) == 54
    for (file, row, column), (file2, row2, column2) in itertools.combinations(places, 2):
        assert file != file2 or max(abs(row - row2), abs(column - column2)) >= 170


def test_windows_of_the_retina_lie_within_its_disc(written):
    centre = (1411 - 1) / 2
    for row in written[2]:
        if row["source"] == "retina.jpg":
            for down, right in itertools.product((0, 169), repeat=2):
                y, x = int(row["row"]) + down, int(row["column"]) + right
                assert np.hypot(y - centre, x - centre) < centre, row


def test_every_kind_of_manipulation_is_there(written):
    root, summary, rows = written
    kinds = summary["images of each manipulation"]
    assert len(kinds) == 14 and kinds.pop("original") == 54 and min(kinds.values()) >= 10
    for row in rows:
        original = read_gray(root / row["class"] / "0.png")
        same = np.array_equal(read_gray(root / row["file"]), original)
        assert same == (row["manipulation"] in ("original", "copy")), row


@pytest.mark.parametrize(
    "kinds",
    [
        ["rotation"],
        ["scale", "rotation"],
        ["translation", "rotation"],
        ["perspective", "scale"],
        ["reflection", "translation"],
    ],
)
def test_copies_are_filled_to_their_corners(kinds):
    rng = np.random.RandomState(0)
    for _ in range(30):
        image, steps = real_cases._geometry(np.full((170, 170), 200, np.uint8), kinds, rng)
        assert (image == 200).all(), steps


def test_geometry_does_what_the_manifest_says():
    window = np.random.default_rng(0).integers(0, 256, (170, 170)).astype(np.uint8)
    rng = np.random.RandomState(3)
    image, (step,) = real_cases._geometry(window, ["translation"], rng)
    right, down = map(int, re.findall(r"-?\d+", step))
    expected = window[21 - down : 149 - down, 21 - right : 149 - right]
    np.testing.assert_array_equal(image, expected)
    image, (step,) = real_cases._geometry(window, ["reflection"], rng)
    flip = {"left-right": np.fliplr, "up-down": np.flipud}[step.split()[1]]
    np.testing.assert_array_equal(image, flip(window[21:-21, 21:-21]))


def test_the_seed_decides_every_byte(written, tmp_path):
    real_cases.write(tmp_path / "again")
    real_cases.write(tmp_path / "other", seed=1)
    changed = 0
    for row in written[2]:
        first = (written[0] / row["file"]).read_bytes()
        assert first == (tmp_path / "again" / row["file"]).read_bytes()
        changed += first != (tmp_path / "other" / row["file"]).read_bytes()
    assert changed > 100


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "note").write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        real_cases.write(tmp_path)
    with pytest.raises(UserError, match="cannot write to"):
        real_cases.write(tmp_path / "note")


def save(path, height=128, width=128, value=None):
    path.parent.mkdir(exist_ok=True)
    image = np.random.default_rng(0).integers(0, 256, (height, width)).astype(np.uint8)
    Image.fromarray(image if value is None else np.full_like(image, value)).save(path)


def test_ones_own_cases(tmp_path, capsys):
    save(tmp_path / "one" / "a.png")
    save(tmp_path / "one" / "b.tif", 300, 200)
    save(tmp_path / "two" / "a.jpg", 2, 2)
    save(tmp_path / "two" / "b.png")
    save(tmp_path / "two" / "c.png", 64, 64, value=77)
    save(tmp_path / "two" / "d.png", 64, 64)
    save(tmp_path / "alone" / "a.png")
    save(tmp_path / "beside.png")
    (tmp_path / "one" / "bad.png").write_text("hello")
    cases = real_cases.read_cases(tmp_path)
    assert cases.labels.tolist() == ["one", "one", "two", "two", "two"]
    assert cases.images.shape == (5, 128, 128) and cases.images.std(axis=(1, 2)).min() > 9
    assert cases.summary["resized to 128x128"] == 3
    assert cases.summary["skipped"] == {
        "images beside the class folders": 1,
        "classes of a single image": 1,
        "unreadable": 1,
        "blank": 1,
    }
    assert list(cases.summary["unreadable"]) == ["one/bad.png"]
    assert list(cases.summary["blank"]) == ["two/c.png"]
    assert list(cases.summary["left out"]) == ["alone"]


def test_resizing_keeps_the_centre_and_does_not_alias(tmp_path):
    stripes = np.zeros((512, 1024), np.uint8)
    stripes[:, 256:768] = np.tile([0, 255], 256)
    for name in ("a", "b"):
        for k in "12":
            save(tmp_path / name / f"{k}.png")
            Image.fromarray(stripes).save(tmp_path / name / f"{k}.png")
    image = real_cases.read_cases(tmp_path).images[0].astype(int)
    assert np.abs(image[:, 2:-2] - 127.5).max() < 4


def test_folders_without_cases(tmp_path):
    with pytest.raises(UserError, match="is not a folder"):
        real_cases.read_cases(tmp_path / "nowhere")
    save(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"holds 0 class\(es\) .* 1 outside of a class"):
        real_cases.read_cases(tmp_path)
    save(tmp_path / "x" / "a.png")
    save(tmp_path / "x" / "b.png")
    save(tmp_path / "y" / "a.png")
    with pytest.raises(UserError, match=r"holds 1 class\(es\) .*\(1 of one, .*two sub-folders"):
        real_cases.read_cases(tmp_path)


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    save, saved = Image.Image.save, []

    def fill(image, path):
        saved.append(path)
        if len(saved) == 3:
            raise OSError(28, "No space left on device")
        save(image, path)

    monkeypatch.setattr(Image.Image, "save", fill)
    with pytest.raises(UserError, match=f"cannot write to {tmp_path}.*No space left"):
        real_cases.write(tmp_path / "cases")
