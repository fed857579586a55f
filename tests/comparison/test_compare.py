"""The command and the function, on pictures of known relation, with an untrained network."""

import dataclasses
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

import imgforensics
from imgforensics import main, pretrained
from imgforensics.comparison import movement, regions, report, tiles, words
from imgforensics.comparison.compare import compare
from imgforensics.images.fit import fit_square
from imgforensics.utils.errors import UserError


@pytest.fixture(scope="module")
def pasted(tissue, cells):
    """A page with a turned and mirrored piece of a picture, the corners of that, the picture."""
    picture = tissue[100:356, 100:356]
    turn = cv2.getRotationMatrix2D((128, 128), 30, 1.1)
    piece = cv2.warpAffine(picture, turn, (256, 256), flags=cv2.INTER_CUBIC)[58:198, 48:208, None]
    page = cells[:480, :540].copy()
    page[200:340, 300:460] = piece[:, ::-1, 0]
    return page, np.array([[300, 200], [460, 200], [460, 340], [300, 340]]), picture


@pytest.fixture(scope="module")
def found(pasted, weights_file):
    return compare(pasted[0], pasted[2], weights_file)


def test_a_pasted_region_is_found_and_boxed(found, pasted):
    _, corners, _ = pasted
    assert found.same and not found.whole and np.linalg.det(found.matrix[:2, :2]) < 0
    for mine, its in zip((found.region.min(0), found.region.max(0)), (corners[0], corners[2])):
        assert np.abs(mine - its).max() < 8
    # The matrix takes the picture's middle to where the piece's middle was put.
    middle = regions.moved(np.array([[128.0, 128.0]]), found.matrix)[0]
    assert np.abs(middle - corners.mean(0)).max() < 1.5
    # The box in the picture is the piece's, turned.
    outline = regions.moved(found.region, np.linalg.inv(found.matrix))
    assert abs(regions.area(outline) / (160 * 140 / 1.1**2) - 1) < 0.2


def test_the_region_is_upright_in_either_image(pasted, weights_file):
    page, corners, picture = pasted
    found = compare(picture, page, weights_file)
    assert found.same
    outline = regions.moved(found.region, np.linalg.inv(found.matrix))
    for mine, its in zip((outline.min(0), outline.max(0)), (corners[0], corners[2])):
        assert np.abs(mine - its).max() < 8


def test_the_page_without_the_piece_is_different(cells, pasted, weights_file):
    found = compare(cells[:480, :540], pasted[2], weights_file)
    assert not found.same and found.matrix is None and found.region is None
    assert found.verified > 1 and found.points["verified"] is None


def test_a_mirrored_and_turned_copy_is_registered(tissue, weights_file):
    first = tissue[150:278, 150:278]
    found = compare(first, np.rot90(first[:, ::-1]).copy(), weights_file)
    assert found.same and found.whole and found.tiles == (5, 5)
    corners = np.array([[0, 0], [128, 0], [128, 128], [0, 128]], float)
    # Mirrored and turned by a quarter: rows and columns have changed places.
    laid = regions.moved(corners, found.matrix)
    assert np.abs(laid - np.array([[0, 0], [0, 128], [128, 128], [128, 0]])).max() < 1
    moved = movement.movement(found.matrix, corners)
    assert moved["mirrored"] and abs(moved["scale"] - 1) < 0.01
    assert abs(abs(moved["degrees_clockwise"]) - 90) < 0.5


def test_an_image_and_itself(tissue, weights_file):
    found = compare(tissue, tissue.copy(), weights_file)
    assert found.same and found.whole and found.f == 0 and found.likelihood > 0.73
    np.testing.assert_allclose(found.matrix, np.eye(3), atol=0.05)
    assert regions.area(found.region) > 0.9 * tissue.size


def test_the_report(found, tmp_path):
    picture, record = report.write(found, tmp_path / "new", ("page.png", "x/picture.jpg"))
    assert picture.name == f"page_picture_{report.key(found)}.png"
    assert record == picture.with_suffix(".json")
    with Image.open(picture) as drawn:
        assert drawn.size > (800, 500) and drawn.mode == "RGB"
        assert len(set(np.asarray(drawn).reshape(-1, 3)[::97].sum(axis=1))) > 50
    told = json.loads(record.read_text())
    assert told["verdict"] == "same" and told["names"] == ["page.png", "x/picture.jpg"]
    assert told["verified"]["passes"] == "screening" and not told["part"]["whole"]
    assert told["verified"]["likelihood"] == pytest.approx(1 / (1 + np.exp(found.verified - 1)))
    assert told["f"]["operating_points"]["same"]["false_positive_rate"] == {"random": 0.01}
    (region,) = told["regions"]
    assert region["mirrored"] and region["inliers"] > 20
    assert region["scale"] == pytest.approx(1.1, abs=0.02)
    np.testing.assert_allclose(region["matrix"], found.matrix)
    np.testing.assert_allclose(region["first"], found.region)


def test_results_of_unlike_images_keep_apart(found, tmp_path):
    """Whatever they are named, in whatever order; those of the same images are replaced."""
    names = ("a.png", "x/a.png")
    other = dataclasses.replace(found, first=255 - found.first)
    saved_again = dataclasses.replace(found, files=("f" * 64, None))
    refitted = dataclasses.replace(
        found, calibration=found.calibration._replace(fingerprint="of other weights")
    )
    written = [
        report.write(each, tmp_path, names)[1] for each in (found, other, saved_again, refitted)
    ]
    assert len(set(written)) == 4 and all(path.exists() for path in written)
    assert report.write(found, tmp_path, ("y/a.jpg", "a.tif"))[1] == written[0]
    turned = report.write(found.swapped(), tmp_path, ("b.png", "a.png"))[1]
    assert turned not in written and turned.stem[-12:] == written[0].stem[-12:]
    told = json.loads(written[2].read_text())
    assert told["sha256"][0]["file"] == "f" * 64 and told["sha256"][1]["file"] is None
    assert len(told["sha256"][1]["pixels"]) == 64
    assert told["versions"].keys() >= {"commit", "imgforensics", "jax", "python"}
    assert datetime.datetime.fromisoformat(told["date"]).utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    "name",
    ["é" * 250 + ".png", "two\nlines\x1b[31m.png", os.fsdecode(b"caf\xe9.png"), ".png", "-"],
)
def test_any_name_of_an_image_gives_a_name_of_a_result(found, tmp_path, name):
    paths = report.write(found, tmp_path, (name, name))
    assert all(path.exists() and path.name.isprintable() for path in paths)
    assert not paths[0].name.startswith(".") and len(paths[1].name.encode()) < 190
    assert json.loads(paths[1].read_text())["names"] == [name, name]


def test_the_verdict_names_the_operating_point(found):
    doubtful = dataclasses.replace(
        found, whole=True, part=dataclasses.replace(found.part, verified=0.5)
    )
    assert doubtful.same and report.record(doubtful)["verdict"] == "probably the same"
    sure = words.describe(doubtful)[1]
    wrong = 'about 10 of 1000 pairs of different images would wrongly be called "probably the same"'
    assert sure == f"how sure: {wrong}"
    as_part = dataclasses.replace(doubtful, whole=False)
    assert not as_part.same and as_part.points["verified"] is None


def test_none_in_a_sample_is_not_none_at_all(found):
    """Evidence is gathered of some pairs of each kind."""

    def sure(rates):
        points = {
            name: point._replace(false_positive_rate=rates)
            for name, point in found.calibration.verified.items()
        }
        pairs = found.calibration.pairs | {"same_source": 200}
        calibration = found.calibration._replace(verified=points, pairs=pairs)
        return words.describe(dataclasses.replace(found, calibration=calibration, whole=True))[1]

    called = 'would wrongly be called "same"'
    assert sure({"random": 0.0, "same_source": 0.1}) == (
        f"how sure: about 20 of 200 pairs of fields of one image {called}; "
        "in samples of pairs of different images none was"
    )
    assert sure({"random": 0.0, "same_source": 0.0}) == (
        f"how sure: in samples of pairs of different images, of fields of one image none {called}"
    )


def test_a_report_in_words(found):
    """What was found, how sure that is, both scores, the alignment, what to look at."""
    verdict, sure, f, verified, alignment, look = words.describe(found)
    assert verdict == "same: A and B have a part in common"
    wrong = 'about 1 of 1000 pairs of different images would wrongly be called "same"'
    assert sure == f"how sure: {wrong}; the more parts are compared, the more often"
    assert look.startswith("look at: B laid on A, in the picture")
    often = "at most 1.00, as 1 in 100 pairs of different images"
    assert f == f"the network alone: f {found.f:.2f}, probably the same ({often})"
    assert verified.startswith(f"with the alignment: verified {found.verified:.2f}, same (at most")
    number = found.part.evidence.inliers
    assert alignment.startswith("B lies on A mirrored, turned by ")
    assert alignment.endswith(f"at 110 % of its size; {number} keypoints match")
    unlike = dataclasses.replace(
        found, regions=(), part=dataclasses.replace(found.part, verified=2.0)
    )
    verdict, sure, _, verified, alignment, look = words.describe(unlike)
    assert verdict == "different: no part of B was found in A"
    assert sure == 'how sure: 5 of 50 manipulated copies would wrongly be called "different"'
    assert verified.endswith("verified 2.00, different (above 0.00)")
    assert alignment == f"no alignment: {number} keypoints match"
    assert "small parts" in look


def test_the_command(pasted, cells, weights_file, tmp_path, capsys):
    for name, image in (("a", cells[:200, :200]), ("b", pasted[2])):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    a, b = (str(tmp_path / f"{name}.png") for name in "ab")
    main.main(["compare", a, b, "--out", str(tmp_path), "--weights", str(weights_file)])
    assert "different" in capsys.readouterr().out
    (record,) = tmp_path.glob("a_b_????????????.json")
    told = json.loads(record.read_text())
    assert told["verdict"] == "different" and told["regions"] == []
    hashes = [hashlib.sha256((tmp_path / f"{name}.png").read_bytes()).hexdigest() for name in "ab"]
    assert [each["file"] for each in told["sha256"]] == hashes
    with Image.open(record.with_suffix(".png")) as drawn:
        drawn.load()


@pytest.mark.parametrize(
    "names,message",
    [
        (("a.png", "missing.png"), "cannot read .*missing.png: No such file"),
        (("a.png", "a.png"), "a.png are the same file: name two images"),
        (("a.png", "link.png"), "link.png are the same file"),
        (("text.png", "a.png"), "cannot read .*text.png: its content is of the kind text"),
        (("a.png", "tiny.png"), "tiny.png has 100x31 pixels: it takes 32"),
        (("blank.png", "a.png"), "blank.png is blank"),
        (("a.png", "noise.png"), "noise.png is blank"),
        (("a.png", "tiny.png", "--out=a.png"), "cannot write to .*a.png: it is no folder"),
        ((), "A .*--help"),
        (("a.png", "b.png", "--colour"), "--colour .*--help"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_line(
    names, message, tissue, weights_file, tmp_path, capsys, monkeypatch
):
    Image.fromarray(tissue[:128, :128]).save(tmp_path / "a.png")
    Image.fromarray(tissue[:31, :100]).save(tmp_path / "tiny.png")
    Image.fromarray(np.full((64, 64), 250, np.uint8)).save(tmp_path / "blank.png")
    noise = np.random.default_rng(0).normal(200, 3, (64, 64)).round().astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "link.png").symlink_to("a.png")
    monkeypatch.chdir(tmp_path)
    paths = [name if name.startswith("--") else str(tmp_path / name) for name in names]
    with pytest.raises(SystemExit) as ended:
        main.main(["compare", *paths, "--weights", str(weights_file)])
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1 and line.startswith("error: ")
    assert re.search(message, line)


def test_arrays_that_are_no_gray_images_are_refused(weights_file):
    with pytest.raises(UserError, match="float64 and shape .*uint8"):
        compare(np.zeros((64, 64)), np.zeros((64, 64), np.uint8), weights_file)
    with pytest.raises(UserError, match="uint8"):
        compare(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8), weights_file)


def test_the_package_is_imported_quickly_and_has_its_functions():
    code = "import sys, imgforensics; print(sorted(sys.modules.keys() & {'jax', 'cv2', 'numpy'}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert imgforensics.compare is compare
    assert imgforensics.load_pretrained is pretrained.load_pretrained
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = imgforensics.other


def test_weights_that_are_not_shipped(monkeypatch):
    monkeypatch.setattr(pretrained, "NAME", "none.npz")
    with pytest.raises(UserError, match="holds no weights .*none.npz"):
        pretrained.path()


@pytest.mark.parametrize("shape", [(128, 128), (100, 140), (256, 256), (700, 300)])
def test_tiles_cover_the_image(shape):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = tiles.cut(image, 128)
    assert found.images.shape == (len(found.boxes), 128, 128) and len(found.boxes) <= 200
    np.testing.assert_array_equal(found.images[0], fit_square(image, 128))
    lows, highs = found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]
    assert (lows >= 0).all() and (highs <= np.array(shape[::-1]) + 1e-6).all()
    assert lows.min(0).tolist() == [0, 0] and np.allclose(highs.max(0), shape[::-1])
    assert found.boxes[:, 2].min() >= 128 / 1.5 - 1


def test_a_tile_is_what_its_box_says():
    image = np.random.default_rng(0).integers(0, 256, (256, 384)).astype(np.uint8)
    found = tiles.cut(image, 128)
    exact = np.flatnonzero(np.isclose(found.boxes[:, 2], 128))
    assert len(exact) == 3 * 5
    for number in exact:
        left, top, _ = found.boxes[number].astype(int)
        np.testing.assert_array_equal(
            found.images[number], image[top : top + 128, left : left + 128]
        )
