"""The letters of a PDF report: fonts that are packages, for most of the scripts of names and notes.

DejaVu Sans, which comes with matplotlib, has Latin, Greek and Cyrillic with all their accents, and
Hebrew and Arabic, whose letters are put in their order, but not joined; Noto Sans CJK has Chinese,
Japanese and Korean.
"""

import importlib.util
import pathlib
import unicodedata
from collections.abc import Set

import fpdf
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

FAMILY = "letters"
_MORE = "more letters"
_LEFTWARDS = ("R", "AL")  # classes of Hebrew and of Arabic letters
_DEJAVU = pathlib.PurePath("mpl-data", "fonts", "ttf")


def add(paper: fpdf.FPDF) -> None:
    """Gives a document the family `FAMILY`, regular and bold, with more letters where it has none.

    Chinese, Japanese and Korean are regular only.
    """
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        paper.add_font(FAMILY, style, _folder("matplotlib") / _DEJAVU / name)
    paper.add_font(_MORE, "", _folder("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc")
    paper.set_fallback_fonts([_MORE], exact_match=False)


def written(paper: fpdf.FPDF, text: str) -> str:
    """Text as a line shows it from left to right.

    Letters that no font of the document has become code points such as \\u1200.
    """
    regular, bold, more = (_has(paper, key) for key in (FAMILY, f"{FAMILY}B", _MORE))
    known = more | (regular & bold) | {ord("\n")}
    shown = "".join(
        each if ord(each) in known else each.encode("ascii", "backslashreplace").decode()
        for each in text
    )
    if not any(unicodedata.bidirectional(each) in _LEFTWARDS for each in shown):
        return shown
    paragraphs = (BidiParagraph(line, TextDirection.LTR) for line in shown.split("\n"))
    return "\n".join(paragraph.get_reordered_string() for paragraph in paragraphs)


def _has(paper: fpdf.FPDF, key: str) -> Set[int]:
    """The code points of a font of the document."""
    font = paper.fonts[key]
    assert isinstance(font, TTFFont), key
    return font.cmap.keys()


def _folder(package: str) -> pathlib.Path:
    """Where a package lies, which is not imported for its fonts."""
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None, package
    return pathlib.Path(found.origin).parent
