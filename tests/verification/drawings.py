"""What is drawn on and around images in figures: gutters, letters, bars, arrows, boxes."""

import cv2
import numpy as np


def over(image, *drawings):
    """An image with things drawn on it, and where: uint8 and bool [height, width]."""
    drawn, black, white = image.copy(), np.zeros_like(image), np.full_like(image, 255)
    for draw in drawings:
        for canvas in (drawn, black, white):
            draw(canvas)
    return drawn, (black != 0) | (white != 255)


def letter(text, at, level=255, size=1.0):
    def draw(canvas):
        cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, level, 2, cv2.LINE_AA)

    return draw


def arrow(start, end, level=255):
    return lambda canvas: cv2.arrowedLine(canvas, start, end, level, 3, cv2.LINE_AA, tipLength=0.3)


def box(first, last, level=255, width=2):
    return lambda canvas: cv2.rectangle(canvas, first, last, level, width)


def scale_bar(at, length=60, level=255):
    return box(at, (at[0] + length, at[1] + 5), level, -1)


def logo(middle, radius):
    """A seal of several grey levels, with a rim, curves and letters."""

    def draw(canvas):
        left, axes = middle[0] - radius // 2, (radius // 2, radius // 4)
        cv2.circle(canvas, middle, radius, 255, -1, cv2.LINE_AA)
        cv2.circle(canvas, middle, radius - 4, 70, 3, cv2.LINE_AA)
        cv2.ellipse(canvas, middle, axes, 30, 0, 360, 150, -1, cv2.LINE_AA)
        cv2.ellipse(canvas, middle, axes, 120, 0, 360, 30, 2, cv2.LINE_AA)
        at = left, middle[1] + radius // 2
        cv2.putText(canvas, "LAB", at, cv2.FONT_HERSHEY_DUPLEX, radius / 60, 40, 1, cv2.LINE_AA)

    return draw


def data_bar(texts, height=24, ground=0):
    """A band along the lower end, as electron microscopes write it."""

    def draw(canvas):
        canvas[-height:] = ground
        width = canvas.shape[1] // len(texts)
        for number, text in enumerate(texts):
            at = 6 + number * width, canvas.shape[0] - height // 3
            cv2.putText(
                canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255 - ground, 1, cv2.LINE_AA
            )

    return draw


def figure(panels, columns, gutter=10, ground=255, letters=True):
    """Panels in rows, uint8 [side, side] each, and where there is none: uint8 and bool."""
    side, rows = len(panels[0]), -(-len(panels) // columns)
    shape = [gutter + count * (side + gutter) for count in (rows, columns)]
    page, frame = np.full(shape, ground, np.uint8), np.ones(shape, bool)
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        top, left = (gutter + place * (side + gutter) for place in (row, column))
        marked, drawn = panel, np.zeros(panel.shape, bool)
        if letters:
            marked, drawn = over(panel, letter("ABCDEFGHI"[number], (6, 30)))
        page[top : top + side, left : left + side] = marked
        frame[top : top + side, left : left + side] = drawn
    return page, frame


def turned(image, degrees):
    """Turned about its middle; black beyond its ends, as painting programs leave it."""
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
    return cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_CUBIC)


def jpeg(image, quality=80):
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)


def reduced(image, factor):
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
