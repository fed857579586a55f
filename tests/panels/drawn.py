"""Figures that are drawn for the tests: panels at known places, set in all the usual ways."""

import pathlib
from typing import NamedTuple

import numpy as np
import skimage
from PIL import Image, ImageDraw, ImageFont

from imgforensics.images.read import read_gray
from imgforensics.panels.panel import Box

# Bricks are no good: their joints are seams.
_NAMES = ("ihc.png", "cell.png", "grass.png", "gravel.png", "coins.png", "moon.png")


class Drawn(NamedTuple):
    pixels: np.ndarray
    pictures: list[Box]
    charts: list[Box]


def pictures():
    """Pictures, uint8 [height, width], some of them micrographs."""
    folder = pathlib.Path(skimage.__file__).parent / "data"
    return [read_gray(folder / name) for name in _NAMES]


def crop(rng, image, height, width):
    """A piece, enlarged where the picture is too small."""
    scale = max(1.0, (height + 1) / image.shape[0], (width + 1) / image.shape[1])
    large = Image.fromarray(image).resize([int(scale * side) for side in image.shape[::-1]], 3)
    top = rng.randint(large.height - height + 1)
    left = rng.randint(large.width - width + 1)
    return np.asarray(large)[top : top + height, left : left + width]


def chart(rng, height, width):
    """A chart with axes, ticks, labels and curves or bars, white around."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=max(9, height // 18))
    left, right, top, bottom = 0.16 * width, 0.96 * width, 0.05 * height, 0.84 * height
    draw.line([(left, top), (left, bottom), (right, bottom)], fill=0, width=2)
    if rng.rand() < 0.5:
        draw.line([(left, top), (right, top), (right, bottom)], fill=0, width=2)
    for step in range(5):
        x, y = left + (right - left) * (step + 0.5) / 5, bottom - (bottom - top) * step / 5
        draw.line([(x, bottom), (x, bottom + 4)], fill=0)
        draw.line([(left - 4, y), (left, y)], fill=0)
        draw.text((x - 8, bottom + 5), str(10 * step), fill=0, font=font)
        draw.text((left - 5, y), str(2 * step), fill=0, font=font, anchor="rm")
        if rng.rand() < 0.5:
            high = bottom - (bottom - top) * rng.uniform(0.2, 0.9)
            draw.rectangle([x - 9, high, x + 9, bottom], fill=int(rng.randint(200)), outline=0)
    for shade in (0, 90):
        xs = np.linspace(left + 3, right - 3, 40)
        ys = bottom - (bottom - top) * (0.5 + 0.35 * np.sin(xs / width * rng.uniform(3, 9)))
        draw.line(list(zip(xs, ys)), fill=shade, width=2)
    draw.text(((left + right) / 2, height - 1), "Time (s)", fill=0, font=font, anchor="mb")
    return np.asarray(image)


def flowchart(rng, height, width):
    """Boxes of text, some with a row of shaded cells, arrows between them, and a heat map."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=max(9, height // 40))
    rows, columns = rng.randint(3, 6), rng.randint(2, 5)
    high, wide = height / (rows + 2), width / columns
    for row, column in np.ndindex(rows, columns):
        left, top = (column + 0.1) * wide, (row + 0.12) * high
        right, bottom = left + 0.72 * wide, top + 0.66 * high
        shade = int(rng.choice([255, 235, 210, 180]))
        corner = int(rng.choice([0, 8]))
        draw.rounded_rectangle([left, top, right, bottom], corner, fill=shade, outline=0, width=2)
        for line in range(3):
            words = f"step {line}: n = {rng.randint(999)}"
            draw.text((left + 6, top + 4 + line * (font.size + 2)), words, fill=0, font=font)
        if rng.rand() < 0.6:
            _cells(rng, draw, (left + 4, bottom - 0.3 * high, right - 4, bottom - 4), 1, 8)
        across, down = (top + bottom) / 2, (left + right) / 2
        if column + 1 < columns:
            end = (column + 1.1) * wide
            draw.line([(right, across), (end, across)], fill=0, width=2)
            draw.polygon([(end, across), (end - 7, across - 4), (end - 7, across + 4)], fill=0)
        end = (row + 1.12) * high
        draw.line([(down, bottom), (down, end)], fill=0, width=2)
        draw.polygon([(down, end), (down - 4, end - 7), (down + 4, end - 7)], fill=0)
    box = (0.1 * width, (rows + 0.12) * high, 0.9 * width, height - 8)
    _cells(rng, draw, box, 8, rng.randint(12, 30))
    return np.asarray(image)


def _cells(rng, draw, box, rows, columns):
    """A table of cells, each of a grey level of its own."""
    left, top, right, bottom = box
    wide, high = (right - left) / columns, (bottom - top) / rows
    for row, column in np.ndindex(rows, columns):
        x, y = left + column * wide, top + row * high
        draw.rectangle([x, y, x + wide, y + high], fill=int(rng.randint(30, 250)), outline=0)


def grid(rng, images, rows, columns, gutter, charts=0.0, letters=True):
    """A figure of a grid of panels, of which a share are charts, with letters in the gutters."""
    height, width = rng.randint(130, 220), rng.randint(150, 260)
    page = Image.new("L", ((width + gutter) * columns + 40, (height + gutter) * rows + 40), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=14)
    found = Drawn(np.zeros(0), [], [])
    for index in range(rows * columns):
        left = 20 + (index % columns) * (width + gutter)
        top = 20 + (index // columns) * (height + gutter)
        if rng.rand() < charts:
            panel = chart(rng, height, width)
            inked = np.argwhere(panel < 247)
            (y0, x0), (y1, x1) = inked.min(0), inked.max(0) + 1
            found.charts.append(Box(left + x0, top + y0, left + x1, top + y1))
        else:
            panel = crop(rng, images[rng.randint(len(images))], height, width)
            found.pictures.append(Box(left, top, left + width, top + height))
        page.paste(Image.fromarray(panel), (left, top))
        if letters and gutter >= 20:
            draw.text((left - 12, top - 16), "abcdefghijklmnop"[index], fill=0, font=font)
    return found._replace(pixels=np.asarray(page))


def tiled(rng, images, rows, columns, gutter, level):
    """A figure of pictures in rows, with narrow gutters of one grey level between them."""
    height, width = rng.randint(120, 220), rng.randint(140, 240)
    page = np.full(((height + gutter) * rows - gutter, (width + gutter) * columns - gutter), level)
    boxes, order = [], rng.permutation(rows * columns)
    for index in range(rows * columns):
        top = index // columns * (height + gutter)
        left = index % columns * (width + gutter)
        image = images[order[index] % len(images)]
        page[top : top + height, left : left + width] = crop(rng, image, height, width)
        boxes.append(Box(left, top, left + width, top + height))
    return Drawn(page.astype(np.uint8), boxes, [])
