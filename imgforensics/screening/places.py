"""Where a picture was found: in which document, on which page, in which part of it."""

import os
import sqlite3
from typing import NamedTuple

Box = tuple[float, float, float, float]  # x0, y0, x1, y1; the origin is the upper left


class Place(NamedTuple):
    """A panel of a document.

    Attributes:
        path: of the document.
        file: SHA-256 of it.
        page: from 1.
        number: of the figure on its page.
        figure: its box, in fractions of the page or of the image.
        size: its width and height in pixels.
        figure_pixels: hash of its pixels, see `store.figure_path`.
        panel: the panel's box, in pixels of the figure.
        kind: of the panel.
        in_library: whether it is a library's.
    """

    path: str
    file: str
    page: int
    number: int
    figure: Box
    size: tuple[int, int]
    figure_pixels: str
    panel: Box
    kind: str
    in_library: bool

    def on_page(self, box: Box) -> Box:
        """A box in pixels of the panel, in fractions of the page."""
        x0, y0, x1, y1 = box
        left, top = self.panel[:2]
        across, down = self.figure[2] - self.figure[0], self.figure[3] - self.figure[1]
        width, height = self.size
        return (
            self.figure[0] + across * (left + x0) / width,
            self.figure[1] + down * (top + y0) / height,
            self.figure[0] + across * (left + x1) / width,
            self.figure[1] + down * (top + y1) / height,
        )


def read(catalogue: sqlite3.Connection) -> dict[str, list[Place]]:
    """All places of the pictures that are compared, by the hash of their pixels.

    Those of a picture come in the order of documents and pages, a library's last.
    """
    found: dict[str, list[Place]] = {}
    names = "path, file, page, number, figure_x0, figure_y0, figure_x1, figure_y1, width, height,"
    for picture, path, file, page, number, *rest in catalogue.execute(
        f"select picture, {names} pixels_sha256, x0, y0, x1, y1, kind, in_library from places"
        " order by picture, in_library, path, page, number, y0, x0"
    ):
        place = Place(
            path=os.fsdecode(path), file=file, page=page, number=number, figure=tuple(rest[:4]),
            size=tuple(rest[4:6]), figure_pixels=rest[6], panel=tuple(rest[7:11]), kind=rest[11],
            in_library=bool(rest[12]),
        )  # fmt: skip
        found.setdefault(picture, []).append(place)
    return found
