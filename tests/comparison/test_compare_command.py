"""`imgforensics compare` from files to files, with the weights that come with the package."""

import dataclasses
import io
import json
import re

import cv2
import numpy as np
import pytest
from PIL import Image
from scenes import blobs, crop, gamma, noisy, pasted, picture, view

from imgforensics import main
from imgforensics.comparison import compare, regions, report
from imgforensics.explain import gradcam

LONG = "a_name_that_is_longer_than_what_fits_above_a_panel"


def part_of_a_page():
    """A negative on other ground."""
    page = crop(picture("grass.png"), (0, 0), 300, 300)
    piece = crop(picture("retina.jpg"), (500, 500), 110, 110)
    return pasted(page, 255 - piece, (150, 40)), crop(picture("retina.jpg"), (460, 470), 200, 200)


def mirrored_copy():
    cells, at = picture("cell.png"), (200, 250)
    seen, _ = view(cells, at, degrees=20, mirrored=True)
    return crop(cells, at), gamma(seen, 1.5)


def enlarged_copy():
    image, at = picture("camera.png"), (180, 60)
    return crop(image, at), view(image, at, scale=1.4)[0]


def crop_of_a_picture():
    return crop(picture("moon.png"), (200, 160)), crop(picture("moon.png"), (100, 100), 300, 300)


def soft_copy():
    """No keypoints agree: it is the exhaustive search that finds it, and that alone isn't sure."""
    middle = (63.5, 63.5)
    turn = cv2.getRotationMatrix2D(middle, 40, 1.0)
    turned = cv2.warpAffine(blobs(1), turn, (128, 128), borderMode=cv2.BORDER_REFLECT)
    return noisy(blobs(1), 1, 1), noisy(turned, 1, 2)


def doubtful_copy():
    tissue = picture("ihc.png")
    first, second = (crop(tissue, at, 192, 192) for at in ((100, 100), (200, 100)))
    return noisy(first, 4, 1), noisy(cv2.GaussianBlur(second, (0, 0), 3.5), 19, 2)


def different():
    return crop(picture("ihc.png"), (20, 20)), crop(picture("cell.png"), (200, 200))


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Runs the command on the two pictures of a scene; returns what it wrote."""

    def run(scene, capsys, name="b"):
        folder = tmp_path_factory.mktemp("scene")
        for stem, image in zip(("a", name), scene()):
            Image.fromarray(image).save(folder / f"{stem}.png")
        out = folder / "out"
        files = [str(folder / f"{stem}.png") for stem in ("a", name)]
        main.main(["compare", *files, "--out", str(out)])
        [record], [drawn] = out.glob("*.json"), out.glob("*.png")
        told = capsys.readouterr()
        assert not told.err and str(record) in told.out and str(drawn) in told.out
        with Image.open(drawn) as page:
            page.load()
            return told.out, json.loads(record.read_text(encoding="utf-8")), page.size

    return run


@pytest.mark.parametrize(
    "scene,verdict,says,lies",
    [
        (mirrored_copy, "same", "A and B show the same", {"mirrored": True, "degrees": 20}),
        (enlarged_copy, "same", "B is a part of A", {"scale": 1 / 1.4}),
        (crop_of_a_picture, "same", "A is a part of B", {}),
        (part_of_a_page, "same", "A and B have a part in common", {"inverted": True}),
        (soft_copy, "probably the same", "A and B show the same", {"degrees": 40}),
        (doubtful_copy, "probably the same", "A and B have a part in common", {}),
    ],
)
def test_what_is_found_is_told_written_and_drawn(scene, verdict, says, lies, compared, capsys):
    said, told, size = compared(scene, capsys)
    assert re.search(f"^{verdict}: {says}", said, re.MULTILINE) and told["verdict"] == verdict
    first, second = scene()
    assert told["sizes"] == [list(first.shape[::-1]), list(second.shape[::-1])]
    (region,) = told["regions"]
    expected = {"mirrored": False, "inverted": False, "degrees": 0, "scale": 1.0} | lies
    assert region["mirrored"] is expected["mirrored"] is ("mirrored" in said)
    assert region["inverted"] is expected["inverted"] is ("negative" in said)
    assert region["degrees_clockwise"] == pytest.approx(expected["degrees"], abs=1.5)
    assert region["scale"] == pytest.approx(expected["scale"], rel=0.05)
    # One box is the other, laid where the matrix says; each is in pixels of its own image.
    corners, matrix = np.array([region["second"]]), np.array(region["matrix"])
    laid = cv2.perspectiveTransform(corners - 0.5, matrix)[0] + 0.5
    np.testing.assert_allclose(laid, region["first"], atol=0.01)
    assert size[1] > 1000  # two rows: the images, and one laid on the other


def test_a_copy_that_nowhere_agrees_by_itself_is_told_without_a_region(
    compared, capsys, monkeypatch
):
    """Noise may hide it in every place; which pictures do so is not what is tested here."""
    monkeypatch.setattr(regions, "common", lambda *_: None)
    said, told, size = compared(mirrored_copy, capsys, name=LONG)
    assert "same: A and B show the same" in said and "mirrored" in said
    (region,) = told["regions"]
    assert region["first"] is region["second"] is None and region["mirrored"]
    assert size[1] > 1000 and told["names"][1].endswith(f"{LONG}.png")


def test_different_pictures_are_told_written_and_drawn(compared, capsys):
    said, told, size = compared(different, capsys)
    assert "different: no part of B was found in A" in said and "no alignment" in said
    assert told["verdict"] == "different" and told["part"]["whole"]
    assert told["verified"]["passes"] is None and told["regions"] == []
    assert size[1] < 900  # one row: there is nothing to lay on anything


def test_the_closest_parts_of_different_pictures_are_shown():
    found = compare.compare(*different())
    parts = dataclasses.replace(found, whole=False)
    heights = []
    for each in (found, parts):
        with Image.open(io.BytesIO(report.png(each, "AB"))) as page:
            heights.append(page.size[1])
    assert heights[1] - heights[0] > 380  # a second row, with both parts


def test_what_one_picture_shows_twice_is_told_written_and_drawn(tmp_path, capsys):
    tissue = crop(picture("ihc.png"), (100, 100), 256, 256)
    page = pasted(tissue, crop(tissue, (10, 20), 90, 90)[:, ::-1], (150, 140))
    Image.fromarray(page).save(tmp_path / "a.png")
    main.main(["compare", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert "same: a part of A lies elsewhere in it, too" in said and "mirrored" in said
    [record], [drawn] = (tmp_path / "out").glob("*.json"), (tmp_path / "out").glob("*.png")
    told = json.loads(record.read_text(encoding="utf-8"))
    assert len(told["regions"]) == len(told["names"]) == len(told["sizes"]) == 1
    with Image.open(drawn) as shown:
        assert shown.size[1] > 800


def test_heat_maps_are_drawn_on_request(tmp_path, capsys, monkeypatch):
    real, asked = gradcam.maps, []
    monkeypatch.setattr(gradcam, "maps", lambda *given: asked.append(1) or real(*given))
    for name, image in zip("ab", different()):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    files = [str(tmp_path / f"{name}.png") for name in "ab"]
    sizes = []
    for out, flags in (("without", []), ("with", ["--heat_maps"])):
        main.main(["compare", *files, "--out", str(tmp_path / out), *flags])
        [drawn] = (tmp_path / out).glob("*.png")
        with Image.open(drawn) as page:
            sizes.append(page.size[1])
        assert len(asked) == len(flags), out  # they take a second
    assert sizes[1] - sizes[0] > 380 and "different" in capsys.readouterr().out
