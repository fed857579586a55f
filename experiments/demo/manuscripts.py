"""Two PDF manuscripts of scikit-image's pictures, with panels that are used twice."""

import io
import pathlib
from collections.abc import Sequence

import cv2
import fpdf
import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFont

_PANEL, _GAP = 360, 18  # pixels
REUSED = (
    "study.pdf, figure 1 B, is turned by 90 degrees and mirrored in figure 2 C",
    "study.pdf, figure 1 A, is brightened in report.pdf, figure 1 B",
    "study.pdf, figure 2 A, overlaps with report.pdf, figure 2 A, at another scale",
    "report.pdf, figure 1 A, is a negative in report.pdf, figure 2 D",
)


def write(folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes study.pdf and report.pdf, whose re-used panels `REUSED` names.

    Args:
        folder: where to; made if it is missing.

    Returns:
        The paths of both.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grey = {name: _grey(name) for name in _PICTURES}
    retina, stained, gravel = (grey[name] for name in ("retina", "stained", "gravel"))
    study = [
        [_part(retina, 700, 500, 360), _part(stained, 0, 0, 300), _part(grey["moon"], 60, 60, 380)],
        [_part(gravel, 0, 0, 330), _part(grey["grass"], 20, 40, 300),
         np.rot90(_part(stained, 0, 0, 300))[:, ::-1], _part(retina, 200, 200, 340)],
    ]  # fmt: skip
    report = [
        [_part(grey["brick"], 30, 30, 400), _brightened(_part(retina, 700, 500, 360)),
         _part(grey["hubble"], 500, 100, 340)],
        [_part(gravel, 110, 120, 380), _part(grey["cell"], 100, 100, 400),
         _part(grey["hubble"], 40, 400, 300), 255 - _part(grey["brick"], 30, 30, 400)],
    ]  # fmt: skip
    paths = [folder / "study.pdf", folder / "report.pdf"]
    for path, figures in zip(paths, (study, report)):
        path.write_bytes(_document(path.stem, figures))
    return paths


_PICTURES = {
    "retina": skimage.data.retina,
    "stained": skimage.data.immunohistochemistry,
    "cell": skimage.data.cell,
    "gravel": skimage.data.gravel,
    "grass": skimage.data.grass,
    "moon": skimage.data.moon,
    "brick": skimage.data.brick,
    "hubble": skimage.data.hubble_deep_field,
}


def _grey(name: str) -> np.ndarray:
    picture = _PICTURES[name]()
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture


def _part(picture: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    return picture[top : top + side, left : left + side]


def _brightened(picture: np.ndarray) -> np.ndarray:
    return np.clip(1.3 * picture.astype(np.float32) + 20, 0, 255).astype(np.uint8)


def _document(title: str, figures: Sequence[Sequence[np.ndarray]]) -> bytes:
    """A page for each figure, with a legend."""
    paper = fpdf.FPDF(format="A4")
    for number, panels in enumerate(figures, 1):
        paper.add_page()
        paper.set_font("Times", "B", 16)
        paper.cell(0, 12, f"A made-up {title}", new_x="LMARGIN", new_y="NEXT")
        jpeg = io.BytesIO()
        _figure(panels).save(jpeg, "JPEG", quality=90)
        paper.image(jpeg, w=paper.epw)
        paper.set_font("Times", "", 11)
        letters = ", ".join("ABCDEF"[: len(panels)])
        paper.multi_cell(0, 6, f"Figure {number}. Pictures {letters} are from scikit-image.")
    return bytes(paper.output())


def _figure(panels: Sequence[np.ndarray]) -> Image.Image:
    """Panels in two columns on white, with letters."""
    step = _PANEL + _GAP
    rows = (len(panels) + 1) // 2
    sheet = Image.new("L", (2 * step + _GAP, rows * step + _GAP), 255)
    pen = ImageDraw.Draw(sheet)
    for number, panel in enumerate(panels):
        left, top = _GAP + number % 2 * step, _GAP + number // 2 * step
        shown = Image.fromarray(np.ascontiguousarray(panel)).resize((_PANEL, _PANEL))
        sheet.paste(shown, (left, top))
        pen.rectangle((left, top, left + 30, top + 34), fill=255)
        pen.text((left + 6, top + 2), "ABCDEF"[number], fill=0, font=ImageFont.load_default(26))
    return sheet
