"""PDF manuscripts of figures of several panels, some of which are copies of others."""

import io
import json
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import fpdf
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from experiments.planted.copies import Copies
from imgforensics.utils import atomic

_COLUMNS, _PANELS = 2, 4  # of a figure
_SIDE = 220  # pixels of a panel
_GAPS = (0, 4, 12)  # pixels between panels: some abut
_TRUTH = "truth.json"


class Place(NamedTuple):
    """Where a panel is: document, page from 1, and box in fractions of the page."""

    document: str
    page: int
    box: tuple[float, float, float, float]


class Plant(NamedTuple):
    """A copy, where it and its original are, and what was done to it."""

    original: Place
    copy: Place
    kind: str


class Truth(NamedTuple):
    """What was planted, and among how many figures and panels."""

    plants: list[Plant]
    figures: int
    panels: int


def write(
    folder: pathlib.Path, copies: Copies, others: np.ndarray, documents: int, seed: int
) -> Truth:
    """Writes manuscripts, and what is planted in them.

    Every fifth copy goes into another document than its original, the others into another figure
    of the same. Figures have four panels in two columns, as JPEG, with gutters or without, and with
    letters or without.

    Args:
        folder: where to; made if it is missing.
        copies: what to plant.
        others: uint8 [n, 128, 128], images that are shown once.
        documents: how many.
        seed: of all draws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    # A panel is (image, name); copies and originals are put into different halves of a document.
    halves: list[tuple[list, list]] = [([], []) for _ in range(documents)]
    for number, (original, copy) in enumerate(zip(copies.originals, copies.copies)):
        home = number % documents
        away = (home + 1) % documents if number % 5 == 4 else home
        halves[home][0].append((original, ("original", number)))
        halves[away][1].append((copy, ("copy", number)))
    for number, image in enumerate(others):
        one, other = halves[number % documents]
        (one if len(one) <= len(other) else other).append((image, None))
    places: dict[tuple[str, int], Place] = {}
    figures = 0
    for number, document in enumerate(halves):
        name = f"manuscript_{number:03d}.pdf"
        pages = []
        for half in document:
            rng.shuffle(half)
            pages += [half[start : start + _PANELS] for start in range(0, len(half), _PANELS)]
        content, found = _document(name, pages, rng)
        (folder / name).write_bytes(content)
        places |= found
        figures += len(pages)
    plants = [
        Plant(places["original", number], places["copy", number], str(kind))
        for number, kind in enumerate(copies.kinds)
    ]
    truth = Truth(plants, figures, 2 * len(plants) + len(others))
    with atomic.writing(folder / _TRUTH) as file:
        json.dump(truth, file)
    return truth


def read(folder: pathlib.Path) -> Truth:
    """Reads what `write` planted."""
    with open(folder / _TRUTH, encoding="utf-8") as file:
        plants, *counts = json.load(file)
    return Truth([Plant(_place(*one), _place(*two), kind) for one, two, kind in plants], *counts)


def _place(document, page, box) -> Place:
    return Place(document, page, tuple(box))


def _document(name: str, pages: Sequence, rng) -> tuple[bytes, dict]:
    """A page for each figure; and the places of what is planted, by its key."""
    paper, places = fpdf.FPDF(format="A4"), {}
    for number, panels in enumerate(pages, 1):
        paper.add_page()
        figure, boxes = _figure([image for image, _ in panels], rng)
        jpeg = io.BytesIO()
        figure.save(jpeg, "JPEG", quality=int(rng.integers(80, 96)))
        left, top, wide = paper.l_margin, 30.0, paper.epw
        paper.image(jpeg, x=left, y=top, w=wide)
        scale = wide / figure.width  # millimetres of a pixel
        for (_, key), (x0, y0, x1, y1) in zip(panels, boxes):
            if key is not None:
                box = (
                    (left + x0 * scale) / paper.w, (top + y0 * scale) / paper.h,
                    (left + x1 * scale) / paper.w, (top + y1 * scale) / paper.h,
                )  # fmt: skip
                places[key] = Place(name, number, box)
        paper.set_xy(left, top + figure.height * scale + 4)
        paper.set_font("Times", "", 11)
        paper.multi_cell(0, 6, f"Figure {number}. Images are as described in the text.")
    return bytes(paper.output()), places


def _figure(images: Sequence[np.ndarray], rng) -> tuple[Image.Image, list]:
    """Panels on white, and their boxes in pixels."""
    gap, letters = int(rng.choice(_GAPS)), bool(rng.random() < 0.5)
    rows, columns = -(-len(images) // _COLUMNS), min(_COLUMNS, len(images))
    size = (columns * (_SIDE + gap) + gap, rows * (_SIDE + gap) + gap)
    sheet, boxes = Image.new("L", size, 255), []
    for number, image in enumerate(images):
        row, column = divmod(number, _COLUMNS)
        left, top = gap + column * (_SIDE + gap), gap + row * (_SIDE + gap)
        shown = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        sheet.paste(Image.fromarray(shown), (left, top))
        boxes.append((left, top, left + _SIDE, top + _SIDE))
        if letters:
            level = 255 if shown[:30, :30].mean() < 128 else 0
            font = ImageFont.load_default(20)
            pen = ImageDraw.Draw(sheet)
            pen.text((left + 6, top + 3), "abcd"[number], fill=level, font=font)
    return sheet, boxes
