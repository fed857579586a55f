"""A case as a PDF document: to read, to print, and to keep with a file."""

import io
from collections.abc import Sequence

import cv2
import fpdf
import numpy as np
from fpdf.enums import MethodReturnValue, XPos, YPos
from PIL import Image

from imgforensics.comparison import regions
from imgforensics.library import store as stores
from imgforensics.review import about, letters
from imgforensics.review.about import Section
from imgforensics.review.case import Case
from imgforensics.utils.printable import printable

_MARGIN, _LINE, _GAP = 15, 5, 1  # millimetres; the gap is between paragraphs
_HIGH = 62  # millimetres of a row's pictures
_SIDE = 420  # pixels of a picture's longer side
_OUTLINE = (255, 212, 0)
_WIDTHS = (1, 5, 2, 2, 4)  # of the columns of the table, relative


def pdf(case: Case) -> bytes:
    """What a case holds: what was searched and what was not read, all rows, and how to repeat it.

    Letters are written as `letters` says; those that no font has, as their code points.
    """
    paper = _Paper(format="A4")
    letters.add(paper)
    paper.set_margin(_MARGIN)
    paper.set_auto_page_break(True, _MARGIN + 5)
    paper.add_page()
    paper.say(f"Screening {printable(case.folder.resolve().name)}", size=18, bold=True)
    told = about.sections(case.manifest)
    for section in told[:3]:
        _section(paper, section)
    paper.say("Pairs", size=13, bold=True)
    _table(paper, case.entries)
    for entry in case.entries:
        _row(paper, case, entry)
    paper.add_page()
    for section in told[3:]:
        _section(paper, section)
    return bytes(paper.output())


class _Paper(fpdf.FPDF):
    def say(self, text: str, size: int = 10, bold: bool = False) -> None:
        """A paragraph."""
        self._cell(text, size, bold, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(_GAP)

    def high(self, text: str, size: int = 10, bold: bool = False) -> float:
        """How high a paragraph will be, in millimetres."""
        return _GAP + self._cell(text, size, bold, dry_run=True, output=MethodReturnValue.HEIGHT)

    def _cell(self, text, size, bold, **more):
        self.set_font(letters.FAMILY, "B" if bold else "", size)
        height = _LINE * size / 10
        return self.multi_cell(0, height, letters.written(self, text), align="L", **more)

    def footer(self) -> None:
        """The number of each page."""
        self.set_y(-_MARGIN)
        self.set_font(letters.FAMILY, "", 8)
        self.cell(0, _LINE, f"imgforensics, page {self.page_no()}", align="C")


def _section(paper: _Paper, section: Section) -> None:
    paper.say(section.title, size=13, bold=True)
    for line in section.lines:
        paper.say(line)
    for name, *rest in section.table:
        paper.say(f"{name}: {' '.join(rest)}", size=8)
    paper.ln(2)


def _table(paper: _Paper, entries: Sequence[dict]) -> None:
    paper.set_font(letters.FAMILY, "", 8)
    with paper.table(col_widths=_WIDTHS, text_align="L") as table:
        table.row(["", "images", "status", "score", "verdict"])
        for entry in entries:
            pair = " and ".join(f"{side['name']} p. {side['page']}" for side in _sides(entry))
            cells = [str(entry["rank"]), pair, entry["status"], _score(entry), _verdict(entry)]
            table.row([letters.written(paper, cell) for cell in cells])
    paper.ln(4)


def _row(paper: _Paper, case: Case, entry: dict) -> None:
    """A row with its pictures, kept on one page."""
    names = " and ".join(side["name"] for side in _sides(entry))
    lines: list[tuple] = [(f"{entry['rank']}. {names}", 12, True)]
    lines.append((f"{entry['status']}, {_score(entry)}: {entry['reason']}",))
    for letter, side in zip("AB", _sides(entry)):
        library = ", in the library" if side["in_library"] else ""
        place = f"page {side['page']}, figure {side['number']}{library}"
        lines.append((f"{letter}: {side['path']}, {place}", 8))
    if verdict := _verdict(entry):
        lines.append((f"verdict: {verdict}",))
    picture = _picture(case, entry)
    high = min(_HIGH, paper.epw * picture.height / picture.width)
    # Where fpdf keeps a block on one page by itself, it copies all letters of all fonts for it.
    if paper.will_page_break(sum(paper.high(*line) for line in lines) + high):
        paper.add_page()
    for line in lines:
        paper.say(*line)
    paper.image(picture, h=high)
    paper.ln(4)


def _picture(case: Case, entry: dict) -> Image.Image:
    """A and B with what they have in common outlined, and B laid on A if it was."""
    one, other = (_load(case, side) for side in _sides(entry))
    shown = [_outlined(one, entry["a"]["corners"]), _outlined(other, entry["b"]["corners"])]
    if entry["matrix"] is not None:
        laid = regions.lay(255 - other if entry["inverted"] else other,
                           np.array(entry["matrix"]), one.shape)  # fmt: skip
        shown.append(_colour((one.astype(np.uint16) + laid) // 2))
    height = max(each.shape[0] for each in shown)
    sheet = np.full((height, sum(each.shape[1] + 12 for each in shown) - 12, 3), 255, np.uint8)
    left = 0
    for each in shown:
        sheet[: each.shape[0], left : left + each.shape[1]] = each
        left += each.shape[1] + 12
    jpeg = io.BytesIO()
    Image.fromarray(sheet).save(jpeg, "JPEG", quality=85)
    return Image.open(jpeg)


def _load(case: Case, side: dict) -> np.ndarray:
    path = stores.picture_path(case.folder, side["picture"])
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:  # it was deleted from the case; the report tells the rest
        return np.full(side["size"][::-1], 255, np.uint8)
    return pixels


def _outlined(image: np.ndarray, corners) -> np.ndarray:
    small = _colour(image)
    if corners is not None:
        factor = small.shape[1] / image.shape[1]
        points = np.round(np.array(corners) * factor * 8).astype(np.int32)
        cv2.polylines(small, [points], True, _OUTLINE, 2, cv2.LINE_AA, shift=3)
    return small


def _colour(image: np.ndarray) -> np.ndarray:
    factor = _SIDE / max(image.shape)
    size = tuple(max(1, round(length * factor)) for length in image.shape[::-1])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(image.astype(np.uint8), size, interpolation=how)
    return cv2.cvtColor(resized, cv2.COLOR_GRAY2RGB)


def _sides(entry: dict) -> tuple[dict, dict]:
    return entry["a"], entry["b"]


def _score(entry: dict) -> str:
    if entry["verified"] is None:
        return f"f {entry['f']:.2f}"
    return f"score {entry['verified']:.2f}"


def _verdict(entry: dict) -> str:
    given = entry["verdict"]
    if given is None:
        return ""
    note = f": {given['note']}" if given["note"] else ""
    return f"{given['verdict']}, {given['reviewer']}, {given['time'][:10]}{note}"
