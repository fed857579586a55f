"""What the page of a case is made of, live or as a report."""

import base64
import contextlib
import os
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

import cv2

from imgforensics.library import store as stores
from imgforensics.review import about
from imgforensics.review.entries import entries
from imgforensics.review.page import page
from imgforensics.screening import pipeline, verdicts
from imgforensics.screening.manifest import Manifest
from imgforensics.screening.rows import STATUSES, Row
from imgforensics.utils.printable import printable

_MAX_SIDE = 640  # pixels of a picture in a report
_QUALITY = 85


class Case(NamedTuple):
    """A case that was screened.

    Attributes:
        folder: of it.
        manifest: of its last screening.
        rows: that it has, the best first.
        entries: the same rows as they are shown, see `entries.entries`.
    """

    folder: pathlib.Path
    manifest: Manifest
    rows: list[Row]
    entries: list[dict]


def read(folder: str | os.PathLike, top: int | None = None) -> Case:
    """Reads a case as it is now, with the verdicts of until now.

    Args:
        folder: of it.
        top: how many rows; by default as many as were asked for when it was screened.

    Raises:
        UserError: there is none, or it was not screened to the end.
    """
    folder = pathlib.Path(folder)
    with stores.reading(folder) as store:
        found, made = pipeline.result(store)
        found = found[: made.parameters.top if top is None else top]
        return Case(folder, made, found, entries(store, found))


def live(case: Case) -> str:
    """The page that sends verdicts to the server it came from."""
    return page(_data(case) | {"live": True, "pictures": None})


def report(case: Case) -> str:
    """The page as a file of its own: pictures are in it, and verdicts are downloaded from it."""
    return page(_data(case) | {"live": False, "pictures": dict(_pictures(case))})


def _data(case: Case) -> dict:
    return {
        "title": f"Screening {printable(case.folder.resolve().name)}",
        "id": case.manifest.rows_sha256,
        "verdicts": verdicts.VERDICTS,
        "statuses": STATUSES,
        "weights": case.manifest.model,
        "format": verdicts.FORMAT,
        "rows": case.entries,
        "about": [section._asdict() for section in about.sections(case.manifest)],
    }


def _pictures(case: Case) -> Iterable[tuple[str, str]]:
    """Names, and small versions as data URIs, of all that the rows show."""
    sides = [entry[side] for entry in case.entries for side in "ab"]
    for kind, path_of in (("picture", stores.picture_path), ("figure_picture", stores.figure_path)):
        for digest in sorted({side[kind] for side in sides} - {None}):
            pixels = cv2.imread(str(path_of(case.folder, digest)), cv2.IMREAD_GRAYSCALE)
            if pixels is not None:
                yield digest, _small(pixels)
    places = {(side["sheet"], side["file"], side["page"]) for side in sides if side["sheet"]}
    for name, file, number in sorted(places):
        with contextlib.suppress(OSError):
            yield name, _uri(stores.sheet_path(case.folder, file, number).read_bytes())


def _small(pixels) -> str:
    factor = min(1.0, _MAX_SIDE / max(pixels.shape))
    size = tuple(max(1, round(length * factor)) for length in pixels.shape[::-1])
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return _uri(jpeg.tobytes())


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
