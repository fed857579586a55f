"""Whatever a file holds: a picture, or one line that says why not; soon, and in little memory."""

import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import odd_files
import pytest
import tifffile

from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

SECONDS, GIBIBYTES = 60, 4  # no file may take more
EXPECTED = {odd.name: odd.expected for odd in odd_files.files()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Of each file: the error, or "", seconds, and the memory that was used up to then."""
    folder = tmp_path_factory.mktemp("odd")
    written = odd_files.write(folder)
    child = subprocess.run(
        [sys.executable, pathlib.Path(__file__).parent / "read_all.py"],
        input="\n".join(str(folder / name) for name in written),
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    rows = map(json.loads, child.stdout.splitlines())
    return {pathlib.Path(path).name: (path, *rest) for path, *rest in rows}


def test_there_are_many():
    assert len(EXPECTED) >= 200
    assert sum(expected is not odd_files.EITHER for expected in EXPECTED.values()) >= 150


@pytest.mark.parametrize("name", EXPECTED)
def test_a_picture_or_one_line(outcomes, name):
    path, error, seconds, peak = outcomes[name]
    assert seconds < SECONDS and peak < GIBIBYTES
    assert "\n" not in error and not error.startswith("traceback")
    if error:
        assert error.startswith(f"cannot read {path}: ")
    if EXPECTED[name] == odd_files.READ:
        assert error == ""
    elif EXPECTED[name] is not odd_files.EITHER:
        assert re.search(EXPECTED[name], error)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "nothing.png")
    for name, words in (
        ("pipe.png", "not a file"), ("folder.png", "not a file"), ("link.png", "No such file"),
        ("/dev/zero", "not a file"), ("none.png", "No such file"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=f"{name}: {words}"):
            read_gray(tmp_path / name)


def test_scans_are_counted_before_they_are_decoded(tmp_path):
    from imgforensics.images import jpeg, limits

    once = jpeg.header(odd_files._scans(64, 0))
    more = jpeg.header(odd_files._scans(64, 10))
    assert more.cost - once.cost == 10 * 64 * 64
    # Ten scans, as progressive images have, of the largest image.
    jpeg.check(once._replace(width=16384, height=16384, cost=12 * limits.MAX_PIXELS))


def test_large_images_are_read(tmp_path):
    from PIL import Image

    row = np.arange(100_000, dtype=np.uint32).astype(np.uint8)
    Image.fromarray(np.tile(row, (40, 1))).save(tmp_path / "panorama.png")
    assert read_gray(tmp_path / "panorama.png").shape == (40, 100_000)
    tifffile.imwrite(tmp_path / "large.tif", np.zeros((6000, 5000), np.uint8), compression="zlib")
    assert read_gray(tmp_path / "large.tif").shape == (6000, 5000)
