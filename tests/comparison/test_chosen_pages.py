"""Of files with several pages, those are compared that are most alike, or that one names."""

import json
import re

import numpy as np
import pytest
import tifffile
from PIL import Image

from imgforensics import main
from imgforensics.comparison import pages as chosen
from imgforensics.comparison.compare import compare
from imgforensics.inference import weights
from imgforensics.utils.errors import UserError


@pytest.fixture
def files(tissue, cells, tmp_path):
    """A stack whose third page is what the other file holds, turned by half."""
    pages = [cells[:200, :200], np.zeros((200, 200), np.uint8), tissue[100:300, 100:300]]
    stack, copy = tmp_path / "stack.tif", tmp_path / "copy.png"
    tifffile.imwrite(stack, np.stack(pages), photometric="minisblack", metadata=None)
    Image.fromarray(pages[2][::-1, ::-1]).save(copy)
    return stack, copy, pages


@pytest.fixture
def model(weights_file):
    return lambda: weights.load(weights_file)


def test_the_page_that_is_most_alike(files, model):
    stack, copy, pages = files
    for order in (slice(None), slice(None, None, -1)):
        found = chosen.choose((stack, copy)[order], model, None, None)[order]
        np.testing.assert_array_equal(found[0].pixels, pages[2])
        np.testing.assert_array_equal(found[1].pixels, pages[2][::-1, ::-1])
        assert [each.description for each in found] == ["page 3 of 3", ""]


def test_pages_of_both(files, model, tmp_path):
    stack, _, pages = files
    other = tmp_path / "other.tif"
    tifffile.imwrite(other, np.stack(pages[1:]), photometric="minisblack", metadata=None)
    found = chosen.choose((stack, other), model, None, None)
    assert [each.description for each in found] == ["page 3 of 3", "page 2 of 2"]


def test_pages_of_noise_are_not_taken_for_alike(files, model, tmp_path):
    """Frames of one level and noise are near each other, whatever the other pages show."""
    _, _, pages = files
    stacks = [tmp_path / "a.tif", tmp_path / "b.tif"]
    for number, path in enumerate(stacks):
        noise = np.random.default_rng(number).normal(100, 4, (200, 200)).round().astype(np.uint8)
        stack = np.stack([noise, pages[2 * number]])
        tifffile.imwrite(path, stack, photometric="minisblack", metadata=None)
    found = chosen.choose(tuple(stacks), model, None, None)
    assert [each.description for each in found] == ["page 2 of 2"] * 2


def test_a_page_is_named(files, model, weights_file):
    stack, copy, pages = files
    for page in (1, (1, None), (1, 1)):
        found, _ = chosen.choose((stack, copy), model, page, None)
        np.testing.assert_array_equal(found.pixels, pages[0])
    for choice, words in (
        ({"page": 4}, "stack.tif: it has no page 4, but 3"),
        ({"page": (None, 2)}, "copy.png: it has no page 2, but 1"),
        ({"channel": 2}, "stack.tif: it has no channel 2, but 1"),
        ({"page": 2}, "stack.tif is blank"),
    ):
        with pytest.raises(UserError, match=words):
            compare(stack, copy, weights_file, **choice)


def test_the_command_says_what_it_read(files, weights_file, tmp_path, capsys):
    stack, copy, _ = map(str, files[:2] + ("",))
    options = ["--weights", str(weights_file), "--out", str(tmp_path / "out")]
    main.main(["compare", stack, copy, "--page", "1", *options])
    out = capsys.readouterr().out
    assert "\nA: page 1 of 3\n" in out
    (record,) = (tmp_path / "out").glob("*.json")
    assert json.loads(record.read_text())["read"] == ["page 1 of 3", ""]
    for wrong in ("x", "0", "1,2,3", "-1"):
        with pytest.raises(SystemExit):
            main.main(["compare", stack, copy, f"--page={wrong}", *options])
        assert re.search("error: --page=.* is no number from 1", capsys.readouterr().err)
