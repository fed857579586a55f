"""Images of DOCX and PPTX files, and files of XML that mean harm."""

import makers
import numpy as np
import pytest

from imgforensics.documents import office
from imgforensics.documents.found import Unread, sha256
from imgforensics.documents.limits import USUAL
from imgforensics.documents.packed import Budget, Packed
from imgforensics.utils.errors import UserError

FIRST, SECOND = makers.picture(0), makers.picture(1)
MEDIA = {"image1.png": makers.encoded(FIRST), "image2.png": makers.encoded(SECOND)}


def opened(content):
    packed = Packed(content, Budget(USUAL), USUAL.files)
    assert office.is_office(packed)
    return office.contents(packed)


def test_docx_images_come_by_their_numbers():
    files = {"word/document.xml": "<w/>", "docProps/thumbnail.jpeg": MEDIA["image1.png"]}
    for number in (10, 9):
        files[f"word/media/image{number}.png"] = makers.encoded(makers.picture(number))
    found = list(opened(makers.packed(files)).parts)
    assert [each.page for each in found] == [1, 1]
    for number, each in zip((9, 10), found):
        np.testing.assert_array_equal(each.pixels, makers.picture(number))


def test_what_is_no_image_is_told():
    emf = b"\x01\0\0\0" + 200 * b"\0"
    files = {"word/document.xml": "<w/>", "word/media/image1.emf": emf,
             "word/embeddings/sheet.xlsx": "x"}  # fmt: skip
    first, second = opened(makers.packed(files)).parts
    assert isinstance(first, Unread) and first.text.startswith("word/media/image1.emf: ")
    assert second.text.startswith("word/embeddings/sheet.xlsx: ")


def test_slides_in_the_order_in_which_they_are_shown():
    slides = [makers.shown(f"m{index}", makers.transform(0, 0, 500, 500)) for index in (1, 0)]
    contents = opened(makers.pptx(slides, MEDIA))
    first, second = contents.parts
    assert contents.pages == 2 and (first.page, second.page) == (1, 2)
    np.testing.assert_array_equal(first.pixels, SECOND)
    np.testing.assert_array_equal(second.pixels, FIRST)
    assert first.stream_sha256 == sha256(MEDIA["image2.png"])
    assert first.box == (0, 0, 0.5, 1)


def test_places_in_groups_and_cut_sides():
    inner = '<a:chOff x="100" y="100"/><a:chExt cx="10" cy="10"/>'
    cut = '<a:srcRect l="50000" b="25000"/>'
    group = (
        f"<p:grpSp><p:grpSpPr>{makers.transform(200, 100, 400, 200, inner)}</p:grpSpPr>"
        + makers.shown("m0", makers.transform(105, 100, 5, 10), cut)
        + "</p:grpSp>"
    )
    first, second = opened(makers.pptx([group], MEDIA)).parts
    # It is shown from (400, 100) to (600, 300): the right half, and all but the lowest quarter.
    np.testing.assert_allclose(first.box, (0.2, 0.2, 0.6, 0.2 + 0.4 / 0.75))
    assert second.box == (0, 0, 1, 1)  # no slide shows it


def test_entities_are_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><p:sld>&b;</p:sld>'
    content = makers.pptx([bomb], MEDIA)
    broken, *found = opened(content).parts
    assert broken.text.startswith("slide 1: damaged: ppt/slides/slide9.xml")
    assert len(found) == 2  # the images, all the same
    files = {"ppt/presentation.xml": bomb}
    with pytest.raises(UserError, match="declares a document type"):
        opened(makers.packed(files))


def test_a_damaged_image_costs_nothing_else():
    media = {"image1.png": MEDIA["image1.png"][:300], "image2.png": MEDIA["image2.png"]}
    slide = "".join(makers.shown(f"m{index}", makers.transform(0, 0, 9, 9)) for index in (0, 1))
    broken, found = opened(makers.pptx([slide], media)).parts
    assert broken.text.startswith("ppt/media/image1.png: ")
    np.testing.assert_array_equal(found.pixels, SECOND)
