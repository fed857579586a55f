"""Pictures of PDF files: which, where on the page, how they are turned, and their pixels."""

import io
import zlib

import makers
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from imgforensics.documents import pdf, sheets
from imgforensics.documents.found import Sheet, Unread, sha256
from imgforensics.images.read import read_pages
from imgforensics.utils.errors import UserError

PICTURE = makers.picture(0)
HEIGHT, WIDTH = PICTURE.shape
JPEG = makers.encoded(PICTURE, "JPEG", quality=95)
RAW = makers.image_object(zlib.compress(PICTURE.tobytes()), WIDTH, HEIGHT, code="/FlateDecode")


def parts(content, pages=100):
    """What is read, without the pages' looks."""
    found = pdf.contents(content, pages).parts
    return [part for part in found if not isinstance(part, Sheet)]


def flate(pixels, more=b""):
    height, width = pixels.shape
    return makers.image_object(
        zlib.compress(np.ascontiguousarray(pixels).tobytes()), width, height,
        code="/FlateDecode", more=more,
    )  # fmt: skip


def test_a_jpeg_is_taken_out_as_it_is():
    image = makers.image_object(JPEG, WIDTH, HEIGHT)
    content = makers.pdf([("", ""), (makers.place("X0", 50, 100, 100, 75), "")], [image])
    opened = pdf.contents(content, 100)
    found, _ = opened.parts
    assert opened.pages == 2 and found.page == 2 and found.note is None
    assert found.stream_sha256 == sha256(JPEG)
    np.testing.assert_array_equal(found.pixels, next(read_pages(JPEG)).pixels)
    np.testing.assert_allclose(found.box, (0.25, 0.5625, 0.75, 0.75), atol=1e-5)


def test_pages_that_have_figures_are_drawn_too():
    drawing = makers.place("X0", 50, 100, 100, 75)
    content = makers.pdf([("", ""), (drawing, ""), (drawing, "/Rotate 90")], [RAW])
    found = list(pdf.contents(content, 100).parts)
    assert [part.page for part in found if isinstance(part, Sheet)] == [2, 3]
    for figure, sheet in zip(found[::2], found[1::2], strict=True):
        page = np.asarray(Image.open(io.BytesIO(sheet.jpeg)))
        assert page.shape == ((800, 400) if figure.page == 2 else (400, 800))
        x0, y0, x1, y1 = (round(each) for each in np.multiply(figure.box, page.shape[::-1] * 2))
        part = Image.fromarray(page[y0:y1, x0:x1]).resize(figure.pixels.shape[::-1])
        assert np.corrcoef(np.ravel(part), figure.pixels.ravel())[0, 1] > 0.98
        page = page.copy()
        page[y0 - 8 : y1 + 8, x0 - 8 : x1 + 8] = 255  # as far as JPEG blurs it
        assert page.min() > 250  # white around it


def test_a_page_that_takes_too_long_to_draw_is_not_drawn():
    page = pypdfium2.PdfDocument(makers.pdf([("0 0 m 9 9 l S " * 20_000, "")], []))[0]
    assert sheets.draw(page, seconds=60)
    assert sheets.draw(page, seconds=0) is None


def test_other_codes_are_exact():
    [found] = parts(makers.pdf([(makers.place("X0", 0, 0, 160, 120), "")], [RAW]))
    np.testing.assert_array_equal(found.pixels, PICTURE)


@pytest.mark.parametrize(
    "matrix,shown",
    [
        ("160 0 0 120 0 0", PICTURE),
        ("-160 0 0 120 160 0", PICTURE[:, ::-1]),
        ("160 0 0 -120 0 120", PICTURE[::-1]),
        ("0 160 -120 0 120 0", np.rot90(PICTURE)),  # to the left
        ("0 -160 120 0 0 160", np.rot90(PICTURE, -1)),
        ("0 160 120 0 0 0", np.rot90(PICTURE)[:, ::-1]),
    ],
)
def test_pixels_are_turned_as_the_page_shows_them(matrix, shown):
    [found] = parts(makers.pdf([(f"q {matrix} cm /X0 Do Q", "")], [RAW]))
    np.testing.assert_array_equal(found.pixels, shown)


def test_a_turned_page_and_its_crop_box():
    drawing = makers.place("X0", 50, 100, 80, 60)
    content = makers.pdf([(drawing, "/Rotate 90/CropBox[0 0 200 200]")], [RAW])
    [found] = parts(content)
    np.testing.assert_array_equal(found.pixels, np.rot90(PICTURE, -1))
    # 90 degrees to the right: what was on the left is above, what was below is on the left.
    np.testing.assert_allclose(found.box, (0.5, 0.25, 0.8, 0.65), atol=1e-5)


def test_forms_move_and_turn_what_is_in_them():
    inner = makers.form_object(makers.place("X", 0, 0, 40, 30), "2 0 0 2 10 0", "/X 5 0 R")
    outer = makers.form_object("q 1 0 0 1 0 100 cm /Y Do Q", "0 1 -1 0 150 0", "/Y 6 0 R")
    [found] = parts(makers.pdf([("q 1 0 0 1 20 40 cm /X2 Do Q", "")], [RAW, inner, outer]))
    np.testing.assert_array_equal(found.pixels, np.rot90(PICTURE))
    # In the inner form from (10, 0) to (90, 60), in the outer up by 100, turned, then moved.
    np.testing.assert_allclose(found.box, (0.05, 0.675, 0.35, 0.875), atol=1e-5)


@pytest.mark.parametrize("clip,shown", [("0 0 60 50 re", False), ("0 0 61 400 re", True)])
def test_what_a_clipping_path_hides_is_named_and_not_read(clip, shown):
    drawing = makers.place("X0", 60, 100, 100, 75)
    placed = makers.form_object(
        f"q 0 0 200 400 re W n {clip} W n {drawing} Q", "2 0 0 2 7 9", "/X0 5 0 R"
    )
    content = makers.pdf([("/X1 Do", "")], [RAW, placed])
    [found] = parts(content)
    if shown:
        np.testing.assert_array_equal(found.pixels, PICTURE)
    else:
        assert found.text.startswith("page 1, a picture of 160x120 pixels: hidden")


def test_exif_does_not_turn_a_jpeg():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"
    jpeg = makers.encoded(PICTURE, "JPEG", quality=95, exif=exif)
    upside_down = next(read_pages(jpeg)).pixels
    [found] = parts(
        makers.pdf(
            [(makers.place("X0", 0, 0, 160, 120), "")], [makers.image_object(jpeg, WIDTH, HEIGHT)]
        )
    )
    np.testing.assert_array_equal(found.pixels, upside_down[::-1, ::-1])


def test_masked_parts_are_paper():
    mask = np.zeros_like(PICTURE)
    mask[:, :80] = 255
    drawing = makers.place("X0", 0, 0, 160, 120)
    [found] = parts(makers.pdf([(drawing, "")], [flate(PICTURE, b"/SMask 6 0 R"), flate(mask)]))
    assert found.pixels.shape == PICTURE.shape and (found.pixels[:, 82:] == 255).all()
    assert np.abs(found.pixels[:, :78].astype(int) - PICTURE[:, :78]).max() <= 2


def test_inverted_values_and_inks():
    drawing = makers.place("X0", 0, 0, 160, 120)
    inverted = makers.image_object(JPEG, WIDTH, HEIGHT, more=b"/Decode[1 0]")
    [found] = parts(makers.pdf([(drawing, "")], [inverted]))
    expected = 255 - next(read_pages(JPEG)).pixels.astype(int)
    assert np.abs(found.pixels - expected).mean() < 1
    ink = "[/Separation/Black/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>]"
    separated = makers.image_object(JPEG, WIDTH, HEIGHT, colours=ink)
    [found] = parts(makers.pdf([(drawing, "")], [separated]))
    assert np.abs(found.pixels - expected).mean() < 1


def test_strips_and_tiles_are_joined():
    objects, drawing = [], ""
    for row in range(3):
        for column in range(2):
            tile = PICTURE[40 * row : 40 * row + 40, 80 * column : 80 * column + 80]
            drawing += makers.place(f"X{len(objects)}", 10 + 40 * column, 80 - 20 * row, 40, 20)
            objects.append(flate(tile))
    [found] = parts(makers.pdf([(drawing, "")], objects))
    np.testing.assert_array_equal(found.pixels, PICTURE)
    np.testing.assert_allclose(found.box, (0.05, 0.75, 0.45, 0.9), atol=1e-5)


def test_pictures_that_only_abut_stay_apart():
    other = 255 - makers.picture(1)
    drawing = makers.place("X0", 0, 0, 80, 60) + makers.place("X1", 80, 0, 80, 60)
    found = parts(makers.pdf([(drawing, "")], [flate(PICTURE // 4), flate(other // 4 + 180)]))
    assert [each.box[0] for each in found] == [0, pytest.approx(0.4, abs=1e-5)]


def test_icons_are_left_out_and_blots_are_not():
    objects = [flate(PICTURE[:48, :48]), flate(np.tile(PICTURE[:32], (1, 2)))]
    drawing = makers.place("X0", 0, 0, 9, 9) + makers.place("X1", 0, 50, 90, 9)
    [found] = parts(makers.pdf([(drawing, "")], objects))
    assert found.pixels.shape == (32, 320)


def test_a_jpeg_that_lost_its_end():
    noise = np.random.RandomState(0).randint(0, 255, (120, 160)).astype(np.uint8)
    jpeg = makers.encoded(noise, "JPEG", quality=95)
    image = makers.image_object(jpeg[: len(jpeg) // 2], WIDTH, HEIGHT)
    [found] = parts(makers.pdf([(makers.place("X0", 0, 0, 160, 120), "")], [image]))
    assert "last bytes are missing" in found.note
    whole = next(read_pages(jpeg)).pixels
    np.testing.assert_array_equal(found.pixels[:48], whole[:48])


def test_one_bad_picture_costs_nothing_else():
    bad = makers.image_object(b"\xff\xd8\xff no frame", WIDTH, HEIGHT)
    drawing = makers.place("X0", 0, 0, 160, 120) + makers.place("X1", 0, 200, 160, 120)
    found, unread = parts(makers.pdf([(drawing, "")], [bad, RAW]))  # from the top
    assert isinstance(unread, Unread)
    assert unread.text.startswith("page 1, a picture of 160x120 pixels: damaged")
    np.testing.assert_array_equal(found.pixels, PICTURE)


def test_a_huge_picture_is_not_decoded():
    huge = makers.image_object(b"x", 300_000, 300_000, code="/FlateDecode")
    [unread] = parts(makers.pdf([(makers.place("X0", 0, 0, 160, 120), "")], [huge]))
    assert "cut it into tiles" in unread.text


def test_too_many_pages():
    content = makers.pdf([(makers.place("X0", 0, 0, 160, 120), "")] * 3, [RAW])
    *found, unread = parts(content, pages=2)
    assert len(found) == 2 and unread.text.startswith("pages from 3 on")


def test_an_encrypted_file():
    encrypt = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -1"
    encrypt += b"/O<" + 64 * b"1" + b">/U<" + 64 * b"2" + b">>>"
    with pytest.raises(UserError, match="^encrypted: "):
        pdf.contents(makers.pdf([("", "")], [], encrypt), 1)


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"%PDF-1.4 nonsense" * 100])
def test_a_damaged_file(content):
    with pytest.raises(UserError, match="^damaged: "):
        pdf.contents(content, 1)


def test_what_pdfium_writes():
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(200, 400)
    bitmap = pypdfium2.PdfBitmap.from_pil(Image.fromarray(PICTURE))
    image = pypdfium2.PdfImage.new(document)
    image.set_bitmap(bitmap)
    image.set_matrix(pypdfium2.PdfMatrix().scale(160, 120))
    page.insert_obj(image)
    page.gen_content()
    file = io.BytesIO()
    document.save(file)
    [found] = parts(file.getvalue())
    np.testing.assert_array_equal(found.pixels, PICTURE)
