"""Manuscripts to time a screening on: figures of four panels, each micrograph shown once."""

import io
import pathlib
from collections.abc import Iterator

import fpdf
import numpy as np
from PIL import Image

FIGURES = 10  # of a manuscript
_PANELS, _COLUMNS, _GAP = 4, 2, 12  # of a figure; pixels


def write(folder: pathlib.Path, images: np.ndarray, count: int) -> list[pathlib.Path]:
    """Writes manuscripts of `FIGURES` pages, a figure on each.

    Args:
        folder: where to; made if it is missing.
        images: uint8 [n, 256, 256], at least `panels(count)`.
        count: how many.

    Returns:
        Their paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left, paths = iter(images), []
    for number in range(count):
        paths.append(folder / f"manuscript_{number:02d}.pdf")
        paths[-1].write_bytes(_document(left))
    return paths


def panels(count: int) -> int:
    """How many images so many manuscripts show."""
    return count * FIGURES * _PANELS


def _document(images: Iterator[np.ndarray]) -> bytes:
    paper = fpdf.FPDF(format="A4")
    for _ in range(FIGURES):
        paper.add_page()
        jpeg = io.BytesIO()
        _figure([next(images) for _ in range(_PANELS)]).save(jpeg, "JPEG", quality=92)
        paper.image(jpeg, w=paper.epw)
    return bytes(paper.output())


def _figure(images: list[np.ndarray]) -> Image.Image:
    height, width = images[0].shape
    rows = _PANELS // _COLUMNS
    size = (_COLUMNS * (width + _GAP) - _GAP, rows * (height + _GAP) - _GAP)
    sheet = Image.new("L", size, 255)
    for number, image in enumerate(images):
        row, column = divmod(number, _COLUMNS)
        sheet.paste(Image.fromarray(image), (column * (width + _GAP), row * (height + _GAP)))
    return sheet
