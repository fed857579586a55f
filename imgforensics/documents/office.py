"""DOCX and PPTX files to the images in them; ECMA-376 parts 1 and 2.

Both are ZIP files of XML, with images as files of their own. Where these stand is read of slides
alone: a DOCX file has no pages before somebody lays it out.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from imgforensics.documents.figure import WHOLE, Box
from imgforensics.documents.found import Contents, Found, Unread, sha256
from imgforensics.documents.packed import Packed
from imgforensics.images.read import read_pages
from imgforensics.utils.errors import UserError

DOCX, PPTX = "word/document.xml", "ppt/presentation.xml"  # the part that tells which it is
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class _Frame(NamedTuple):
    """How places in a group become places on the slide: scale and offset of x and y."""

    scale: tuple[float, float]
    offset: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        return self.scale[0] * x + self.offset[0], self.scale[1] * y + self.offset[1]


def is_office(packed: Packed) -> bool:
    """Whether a ZIP file is a document of the kinds that are read here."""
    return DOCX in packed.names or PPTX in packed.names


def contents(packed: Packed) -> Contents:
    """The images of a document.

    Raises:
        UserError: it is damaged.
    """
    if PPTX in packed.names:
        slides = _slides(packed)
        return Contents(len(slides), _of_slides(packed, slides))
    return Contents(1, _of_media(packed, _media(packed), 1))


def _media(packed) -> list[str]:
    """Images, also such as only a master or a header shows; image10 comes after image9."""
    found = [name for name in packed.names if posixpath.dirname(name).endswith("/media")]
    return sorted(found, key=lambda name: [int(part) if part.isdigit() else 0
                                           for part in re.split(r"(\d+)", name)])  # fmt: skip


def _of_media(packed, names, page) -> Iterator[Found | Unread]:
    for name in names:
        yield from _image(packed, name, page, WHOLE)
    for name in packed.names:
        if "/embeddings/" in name:
            yield Unread(f"{name}: an embedded object; save it as a file of its own")


def _of_slides(packed, slides) -> Iterator[Found | Unread]:
    size = _attributes(_xml(packed, PPTX).find(f"{_SLIDES}sldSz"), "cx", "cy")
    left = dict.fromkeys(_media(packed))
    for page, slide in enumerate(slides, 1):
        try:
            links, root = _links(packed, slide), _xml(packed, slide)
        except UserError as error:
            yield Unread(f"slide {page}: {error}")
            continue
        for picture, frame in _pictures(root, _Frame((1 / size[0], 1 / size[1]), (0.0, 0.0))):
            blip = picture.find(f".//{_DRAWING}blip")
            name = links.get(blip.get(f"{_LINKS}embed", "")) if blip is not None else None
            if name is not None:
                left.pop(name, None)
                yield from _image(packed, name, page, _box(picture, frame))
    yield from _of_media(packed, left, 1)  # of masters and notes, and backgrounds


def _image(packed, name, page, box) -> Iterator[Found | Unread]:
    try:
        content = packed.read(name)
        for picture in read_pages(content, partial=True):
            note = "; ".join(picture.notes) or None
            yield Found(page, picture.pixels, sha256(content), box, note)
    except UserError as error:
        yield Unread(f"{name}: {str(error).removeprefix('cannot read it: ')}")


def _slides(packed) -> list[str]:
    """Names of the slides, in the order in which they are shown."""
    links = _links(packed, PPTX)
    listed = _xml(packed, PPTX).iterfind(f"{_SLIDES}sldIdLst/{_SLIDES}sldId")
    names = [links.get(each.get(f"{_LINKS}id", "")) for each in listed]
    return [name for name in names if name is not None]


def _links(packed, part) -> dict[str, str]:
    """The parts that a part links to, by the links' names."""
    folder, name = posixpath.split(part)
    links = f"{folder}/_rels/{name}.rels"
    if links not in packed.names:
        return {}
    return {
        each.get("Id", ""): _part(folder, each.get("Target", ""))
        for each in _xml(packed, links)
        if each.get("TargetMode") != "External"
    }


def _part(folder, target) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _pictures(element, frame) -> Iterator[tuple[ElementTree.Element, _Frame]]:
    """Pictures, and shapes that one fills, with the frame of their group."""
    for each in element:
        if each.tag == f"{_SLIDES}grpSp":
            yield from _pictures(each, _inner(each, frame))
        elif each.tag in (f"{_SLIDES}pic", f"{_SLIDES}sp"):
            yield each, frame
        else:
            yield from _pictures(each, frame)


def _inner(group, frame) -> _Frame:
    """The frame within a group (DrawingML, `grpSpPr`)."""
    place = group.find(f"{_SLIDES}grpSpPr/{_DRAWING}xfrm")
    if place is None:
        return frame
    x, y = _attributes(place.find(f"{_DRAWING}off"), "x", "y")
    width, height = _attributes(place.find(f"{_DRAWING}ext"), "cx", "cy")
    inner_x, inner_y = _attributes(place.find(f"{_DRAWING}chOff"), "x", "y")
    inner_width, inner_height = _attributes(place.find(f"{_DRAWING}chExt"), "cx", "cy")
    across, down = width / (inner_width or 1), height / (inner_height or 1)
    return _Frame(
        (frame.scale[0] * across, frame.scale[1] * down),
        frame.place(x - across * inner_x, y - down * inner_y),
    )


def _box(picture, frame) -> Box:
    """Where the whole image would be, of which the slide may show a part (`srcRect`)."""
    place = picture.find(f"{_SLIDES}spPr/{_DRAWING}xfrm")
    if place is None:  # that of its layout
        return WHOLE
    x, y = _attributes(place.find(f"{_DRAWING}off"), "x", "y")
    width, height = _attributes(place.find(f"{_DRAWING}ext"), "cx", "cy")
    left, top = frame.place(x, y)
    right, bottom = frame.place(x + width, y + height)
    cut = picture.find(f".//{_DRAWING}srcRect")
    if cut is not None:
        sides = [float(cut.get(side, 0)) / 100_000 for side in "ltrb"]
        across = (right - left) / max(1 - sides[0] - sides[2], 0.01)
        down = (bottom - top) / max(1 - sides[1] - sides[3], 0.01)
        left, top = left - sides[0] * across, top - sides[1] * down
        right, bottom = left + across, top + down
    return left, top, right, bottom


def _attributes(element, *names) -> tuple[float, float]:
    if element is None:
        raise UserError("damaged: it lacks a place or a size")
    one, other = (float(element.get(name, 0)) for name in names)
    return one, other


def _xml(packed, name) -> ElementTree.Element:
    """The root element of a part.

    Raises:
        UserError: it is damaged, or declares a document type, as no Office file does and bombs of
            entities do.
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_):
        raise UserError(f"damaged: {name} declares a document type")

    def start(tag, attributes):
        builder.start(_named(tag), {_named(key): value for key, value in attributes.items()})

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: builder.end(_named(tag))
    try:
        parser.Parse(packed.read(name), True)
        return builder.close()
    except expat.ExpatError as error:
        raise UserError(f"damaged: {name} is no XML") from error


def _named(name: str) -> str:
    """As ElementTree writes names: {namespace}name."""
    return "{" + name if "}" in name else name
