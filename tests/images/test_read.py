import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from imgforensics.images import grey
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

RAMP = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)
COLOR = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], -1)
LUMA = np.rint(COLOR @ np.array([0.299, 0.587, 0.114]))


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


def rescaled(values):
    low, high = np.percentile(values, grey.PERCENTILES)
    margin = grey.MARGIN * (high - low)
    low, high = max(values.min(), low - margin), min(values.max(), high + margin)
    return np.clip((values - low) / (high - low), 0, 1) * 255


@pytest.mark.parametrize("name", ["a.png", "a.tif", "A.TIFF", "no_suffix"])
def test_gray_8_bit_levels_are_kept(tmp_path, name):
    save(tmp_path / name, RAMP, format="PNG" if name == "no_suffix" else None)
    image = read_gray(tmp_path / name)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, RAMP)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(tmp_path, compression):
    path = save(tmp_path / "a.tif", RAMP, compression=compression)
    np.testing.assert_array_equal(read_gray(path), RAMP)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_color_becomes_rec_601_luminance(tmp_path, name):
    image = read_gray(save(tmp_path / name, COLOR)).astype(float)
    assert np.abs(image - LUMA).max() <= 1


def test_jpeg(tmp_path):
    smooth = np.tile(np.arange(0, 128, 2, dtype=np.uint8), (64, 1))
    image = read_gray(save(tmp_path / "a.jpg", smooth, quality=95)).astype(float)
    assert np.abs(image - smooth).max() <= 4


def test_transparency_shows_white(tmp_path):
    for mode, channels in (("RGBA", 3), ("LA", 1)):
        pixels = np.full((4, 4, channels + 1), 100, np.uint8)
        pixels[:, :2, -1], pixels[:, 2, -1], pixels[:, 3, -1] = 255, 51, 0
        Image.fromarray(pixels).save(tmp_path / f"{mode}.png")
        image = read_gray(tmp_path / f"{mode}.png")
        np.testing.assert_array_equal(image[0], [100, 100, 224, 255])


def test_palette(tmp_path):
    image = Image.fromarray(np.uint8([[0, 1], [1, 2]])).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for name in ("a.png", "a.tif"):
        image.save(tmp_path / name)
        np.testing.assert_array_equal(read_gray(tmp_path / name), [[76, 150], [150, 29]])


def test_one_bit(tmp_path):
    bits = np.eye(9, dtype=bool)
    for name in ("a.png", "a.tif"):
        np.testing.assert_array_equal(read_gray(save(tmp_path / name, bits)), bits * 255)


@pytest.mark.parametrize(
    "dtype", [np.uint16, np.int16, np.uint32, np.int8, np.float16, np.float32, np.float64]
)
def test_deep_tiff_is_rescaled(tmp_path, dtype):
    values = np.random.default_rng(0).normal(50, 10, (70, 50)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values)
    image = read_gray(tmp_path / "a.tif")
    assert image.dtype == np.uint8
    assert np.abs(image - rescaled(values.astype(float))).max() <= 0.51


def test_16_bit_png_is_rescaled(tmp_path):
    values = np.random.default_rng(0).integers(1000, 1100, (70, 50)).astype(np.uint16)
    image = read_gray(save(tmp_path / "a.png", values))
    assert np.abs(image - rescaled(values.astype(float))).max() <= 0.51


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_16_bit_color_tiff_keeps_its_low_bits(tmp_path, planar):
    shape = (3, 40, 50) if planar == "separate" else (40, 50, 3)
    values = np.random.default_rng(0).integers(0, 200, shape).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", planarconfig=planar)
    luma = np.moveaxis(values, 0, -1) if planar == "separate" else values
    expected = rescaled(luma @ np.array([0.299, 0.587, 0.114]))
    assert np.abs(read_gray(tmp_path / "a.tif") - expected).max() <= 0.51


def png_16_bit_color(values):
    def chunk(kind, data):
        sum_ = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_)

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )


def test_16_bit_color_png_keeps_its_low_bits(tmp_path):
    values = np.random.default_rng(0).integers(0, 200, (40, 50, 3)).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(png_16_bit_color(values))
    expected = rescaled(values @ np.array([0.299, 0.587, 0.114]))
    assert np.abs(read_gray(tmp_path / "a.png") - expected).max() <= 0.51


def test_not_a_number_is_black_and_leaves_the_scale_alone(tmp_path):
    values = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[10, 10], values[20, 20], values[30, 30] = np.nan, np.inf, -np.inf
    tifffile.imwrite(tmp_path / "a.tif", values)
    image = read_gray(tmp_path / "a.tif")
    assert (image[10, 10], image[20, 20], image[30, 30]) == (0, 255, 0)
    assert abs(int(image[32, 0]) - 128) <= 1


def test_deep_image_of_one_level_is_black(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((8, 8), 1000, np.uint16))
    assert not read_gray(tmp_path / "a.tif").any()


def test_few_bright_pixels_on_one_level(tmp_path):
    values = np.full((100, 100), 1000, np.uint16)
    values[3, 3:6] = 2000, 3000, 4000
    tifffile.imwrite(tmp_path / "a.tif", values)
    assert read_gray(tmp_path / "a.tif")[3, 2:7].tolist() == [0, 85, 170, 255, 0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_odd_metadata_beside_good_pixels_is_no_matter(tmp_path, dtype, caplog):
    tifffile.imwrite(tmp_path / "a.tif", RAMP.astype(dtype), description=99 * "x", metadata=None)
    entry = struct.pack("<HHI", 270, 2, 100)
    data = (tmp_path / "a.tif").read_bytes()
    place = data.index(entry) + len(entry)
    damaged_data = data[:place] + struct.pack("<I", 10**6) + data[place + 4 :]
    (tmp_path / "a.tif").write_bytes(damaged_data)
    assert read_gray(tmp_path / "a.tif").shape == RAMP.shape
    assert not caplog.records


def test_white_is_zero(tmp_path):
    for dtype in (np.uint8, np.uint16):
        tifffile.imwrite(tmp_path / "a.tif", RAMP.astype(dtype), photometric="miniswhite")
        image = read_gray(tmp_path / "a.tif")
        assert image[0, 0] == 255 and image[-1, -1] < 70


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_viewers_show_it(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(tmp_path / "a.png", RAMP, exif=exif)
    tag = [(274, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "a.tif", RAMP, extratags=tag)
    tifffile.imwrite(tmp_path / "deep.tif", RAMP.astype(np.uint16), extratags=tag)
    expected = {
        1: RAMP,
        2: RAMP[:, ::-1],
        3: RAMP[::-1, ::-1],
        4: RAMP[::-1],
        5: RAMP.T,
        6: np.rot90(RAMP, -1),
        7: np.rot90(RAMP, 2).T,
        8: np.rot90(RAMP),
    }[orientation]
    np.testing.assert_array_equal(read_gray(tmp_path / "a.png"), expected)
    np.testing.assert_array_equal(read_gray(tmp_path / "a.tif"), expected)
    deep = np.abs(read_gray(tmp_path / "deep.tif") - rescaled(expected.astype(float)))
    assert deep.max() <= 0.51


def test_one_pixel(tmp_path):
    np.testing.assert_array_equal(read_gray(save(tmp_path / "a.png", RAMP[:1, 1:2])), [[1]])


def test_larger_than_pillow_would_open(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 95)
    for name in ("a.png", "a.tif", "a.jpg"):
        assert read_gray(save(tmp_path / name, RAMP)).shape == RAMP.shape


def test_larger_than_the_limit_is_refused_before_decoding(tmp_path):
    Image.new("1", (16384, 16385)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="a.png: 16384x16385 pixels are more than 268435456"):
        read_gray(tmp_path / "a.png")
    header = io.BytesIO()
    tifffile.imwrite(header, np.zeros((1, 1), np.uint16))
    monster = header.getvalue().replace(
        struct.pack("<HHII", 256, 4, 1, 1), struct.pack("<HHII", 256, 4, 1, 2**30)
    )
    assert monster != header.getvalue()
    (tmp_path / "a.tif").write_bytes(monster)
    with pytest.raises(UserError, match="a.tif: 1073741824x1 pixels"):
        read_gray(tmp_path / "a.tif")


def damaged(tmp_path, kind):
    path = tmp_path / f"{kind}.png"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    if kind == "text":
        path.write_text("not an image")
    elif kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind != "missing":
        values = noise.astype(np.uint16) if kind == "TIFF16" else noise
        Image.fromarray(values).save(path, format=kind.removesuffix("16"))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text", "of the kind text, which is not read; name an image"),
        ("empty", "the file is empty"),
        ("missing", "No such file"),
        ("folder", "not a file"),
        ("PNG", "truncated"),
        ("JPEG", "truncated"),
        ("TIFF", "damaged"),
        ("TIFF16", "damaged"),
    ],
)
def test_bad_files_give_one_line_that_names_them(tmp_path, kind, reason, caplog, capfd):
    path = damaged(tmp_path, kind)
    with pytest.raises(UserError) as error:
        read_gray(path)
    message = str(error.value)
    assert message.startswith(f"cannot read {path}: ") and "\n" not in message
    assert reason in message
    assert not caplog.records and capfd.readouterr() == ("", "")
