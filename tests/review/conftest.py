"""A small case, written as a screening writes it, with rows of every kind."""

import itertools
import json
import pathlib

import cv2
import numpy as np
import pytest

from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.screening import manifest, rows
from imgforensics.screening.manifest import Manifest, Parameters

HOSTILE = "<script>alert(1)</script>&\"'=1+1 \u03c0.png"
WEIGHTS, CALIBRATION = "a" * 64, "b" * 64
TURN = np.array([[0.0, -1.0, 79.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
ON_PAGE = (0.25, 0.5, 0.75, 0.75)  # box of a figure
SHEET = np.full((200, 100), 240, np.uint8)  # the page of figure 1; of the others there is none


def _jpeg(pixels):
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def write(folder: pathlib.Path, pictures: int = 2) -> None:
    """Writes a case: all pairs of so many pictures are verified, one more is there twice."""
    random = np.random.RandomState(0)
    hashes = []
    with stores.writing(folder) as store, transaction(store.catalogue):
        run = store.catalogue.execute
        for number in range(pictures + 1):
            pixels = random.randint(0, 256, (80, 80), np.uint8)
            digest = stores.keep_picture(store, pixels)
            hashes.append(digest)
            name = HOSTILE if number == 0 else f"figure {number}.png"
            run("insert into files (id, sha256, pages, unread) values (?, ?, 1, '[]')",
                (number, f"{number:064x}"))  # fmt: skip
            run("insert into paths values (?, ?, 0)", (name.encode(), number))
            box = (0, 0, 1, 1) if number == 0 else ON_PAGE
            run("insert into figures values (?, ?, 1, 1, ?, ?, ?, ?, 80, 80, null, ?, null)",
                (number, number, *box, digest))  # fmt: skip
            if number == 1:
                stores.keep_sheet(store, f"{number:064x}", 1, _jpeg(SHEET))
            _insert(run, "pictures", id=number, sha256=digest, width=80, height=80, look="")
            run("insert into panels values (?, ?, 0, 0, 80, 80, 'micrograph', 1, '', ?)",
                (number, number, number))  # fmt: skip
        run("insert into paths values (?, ?, 0)", (b"the same again.png", pictures))
        for number, pair in enumerate(itertools.combinations(hashes[:pictures], 2)):
            _pair(run, *sorted(pair), number)
        stores.set_to(store, "doubtful f", "0.5")
    with stores.reading(folder) as store:
        found = rows.ranked(store.catalogue, "all", 0.5)
        made = Manifest(
            parameters=Parameters(top=len(found)), inputs={HOSTILE: "c" * 64},
            not_read={"<b>bad</b>.pdf": "it is encrypted"}, model=WEIGHTS,
            calibration=CALIBRATION, library="", versions={"numpy": "2", "commit": None},
            searched=(3, 3), expected_false=0.1, rows=len(found),
            rows_sha256=manifest.digest(found),
        )  # fmt: skip
        manifest.write(store, made)


def _pair(run, first, second, number):
    pair = {"first": first, "second": second}
    _insert(run, "candidates", **pair, f=0.5, square_a=0, square_b=0, place=1)
    _insert(run, "pairs", **pair, support=1.0, gate="passed", checked=1)
    box = {
        f"{edge}_{side}": value for side in "ab"
        for edge, value in {"x0": 10.0, "y0": 10.0, "x1": 70.0, "y1": 70.0}.items()
    }  # fmt: skip
    _insert(
        run, "regions", **pair, number=0, **box,
        corners=json.dumps([[10, 10], [70, 10], [70, 70], [10, 70]]),
        matrix=json.dumps(TURN.tolist()), inverted=0, f=0.5, verified=-5.0 + number / 2000,
        inliers=30, common=1.0, correlation=0.9, agreement=0.9, verdict="same", sure=1,
        reason="30 of 40 keypoints agree",
    )  # fmt: skip


def _insert(run, table, **values):
    marks = ", ".join("?" * len(values))
    run(f"insert into {table} ({', '.join(values)}) values ({marks})", tuple(values.values()))


@pytest.fixture
def write_case():
    """The function `write`."""
    return write


@pytest.fixture
def case(tmp_path):
    """The folder of a case with a pair whose one file has a hostile name, and a doubled file."""
    write(tmp_path / "case")
    return tmp_path / "case"
