"""One picture in every container, depth and colour in which it can be kept."""

import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

HEIGHT, WIDTH = 44, 60


class File(NamedTuple):
    """A file that holds the picture.

    Attributes:
        container, compression, depth, colour: what it is, in words.
        write: gives its bytes.
        within: grey levels by which it may differ from the picture.
    """

    container: str
    compression: str
    depth: str
    colour: str
    write: Callable[[], bytes]
    within: int = 1

    @property
    def name(self) -> str:
        return " ".join((self.container, self.compression, self.depth, self.colour))


def picture() -> np.ndarray:
    """uint8 [HEIGHT, WIDTH]: smooth structure with black and white in it."""
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.sin(row / 5) * np.cos(column / 7) + 0.3 * np.sin((row + 2 * column) / 11)
    waves = (waves - waves.min()) / (waves.max() - waves.min())
    return np.rint(255 * waves).astype(np.uint8)


def files() -> Iterator[File]:
    """All of them."""
    yield from _of_pillow()
    yield from _deep()
    yield from _tiff_grey()
    yield from _tiff_colour()
    yield from _tiff_codecs()


def _saved(image, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def _tiff(values, **options) -> bytes:
    file = io.BytesIO()
    options = {"photometric": "minisblack", "metadata": None} | options
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def _of_pillow():
    grey = Image.fromarray(picture())
    modes = {
        "PNG": {"grey": "L", "colour": "RGB", "grey and alpha": "LA", "colour and alpha": "RGBA",
                "palette": "P"},
        "BMP": {"grey": "L", "colour": "RGB", "palette": "P"},
        "GIF": {"grey": "L", "palette": "P"},
        "WebP": {"colour": "RGB", "colour and alpha": "RGBA"},
        "JPEG 2000": {"grey": "L", "colour": "RGB", "grey and alpha": "LA",
                      "colour and alpha": "RGBA"},
        "JPEG": {"grey": "L", "colour": "RGB", "CMYK": "CMYK"},
        "AVIF": {"grey": "L", "colour": "RGB", "colour and alpha": "RGBA"},
    }  # fmt: skip
    options = {
        "WebP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
        "JPEG 2000": {"format": "JPEG2000", "irreversible": False},
    }  # fmt: skip
    for container, colours in modes.items():
        for colour, mode in colours.items():
            image = grey.convert("RGB").convert(mode) if mode == "CMYK" else grey.convert(mode)
            saved = {"format": container} | options.get(container, {})
            yield File(
                container, "lossy" if container in ("JPEG", "AVIF") else "", "8 bits", colour,
                lambda image=image, saved=saved: _saved(image, **saved),
                within=4 if container in ("JPEG", "AVIF") else 1,
            )  # fmt: skip
    for colour, mode in modes["AVIF"].items():
        image = grey.convert(mode)
        yield File("HEIF", "lossy", "8 bits", colour, lambda image=image: _heif(image), within=4)
    yield File("JPEG", "progressive", "8 bits", "grey",
               lambda: _saved(grey, format="JPEG", quality=100, progressive=True), 4)  # fmt: skip
    yield File("PNG", "interlaced", "8 bits", "grey", lambda: _interlaced(picture()))


def _heif(image) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    content = io.BytesIO()
    pillow_heif.from_pillow(image).save(content, quality=-1, chroma=444)
    return content.getvalue()


def _interlaced(values) -> bytes:
    import png_files

    return png_files.write(values, interlaced=True)


_DEPTHS = {
    "12 bits in 16": lambda: 200 + np.rint(picture() / 255 * 3800).astype(np.uint16),
    "8 bits in 16": lambda: picture().astype(np.uint16) * 257,
    "16 bits": lambda: np.rint(picture() / 255 * 65000).astype(np.uint16) + 301,
}


def _with_colour(values, colour) -> np.ndarray:
    opaque = np.full_like(values, np.iinfo(values.dtype).max)
    planes = {
        "grey": [values], "colour": 3 * [values], "grey and alpha": [values, opaque],
        "colour and alpha": [*3 * [values], opaque],
    }  # fmt: skip
    return np.stack(planes[colour], -1).squeeze()


def _deep():
    encoders = {
        "PNG": (imagecodecs.png_encode, ("grey", "colour", "grey and alpha", "colour and alpha")),
        "JPEG 2000": (
            lambda values: imagecodecs.jpeg2k_encode(values, level=0),
            ("grey", "colour", "colour and alpha"),
        ),
        "JPEG XL": (
            lambda values: imagecodecs.jpegxl_encode(values, lossless=True),
            ("grey", "colour", "colour and alpha"),
        ),
    }
    for container, (encode, colours) in encoders.items():
        for colour in colours:
            for depth, values in _DEPTHS.items():
                yield File(
                    container, "", depth, colour,
                    lambda e=encode, v=values, c=colour: e(_with_colour(v(), c)),
                )  # fmt: skip
    for colour in ("grey", "colour"):
        yield File("JPEG XL", "", "8 bits", colour,
                   lambda c=colour: imagecodecs.jpegxl_encode(_with_colour(picture(), c),
                                                              lossless=True))  # fmt: skip
    yield File(
        "JPEG", "lossless", "12 bits in 16", "grey",
        lambda: imagecodecs.ljpeg_encode(_DEPTHS["12 bits in 16"](), bitspersample=12),
    )  # fmt: skip
    for colour in ("grey", "colour"):
        yield File("JPEG", "lossy", "12 bits", colour, lambda c=colour: imagecodecs.jpeg_encode(
            _with_colour(picture().astype(np.uint16) * 16, c), bitspersample=12, level=100),
            4)  # fmt: skip


def _tiff_grey():
    unit = picture() / 255
    values = {
        "8 bits": picture(),
        **{name: make() for name, make in _DEPTHS.items()},
        "signed 16 bits": np.rint(unit * 60000 - 30000).astype(np.int16),
        "32 bits": np.rint(unit * 3e9).astype(np.uint32),
        "signed 32 bits": np.rint(unit * 3e9 - 1.5e9).astype(np.int32),
        "float16": unit.astype(np.float16),
        "float32": (unit * 0.02 + 5).astype(np.float32),
        "float64": unit * 1e9,
    }
    for compression, predictor in (
        ("", 1), ("lzw", 1), ("lzw", 2), ("zlib", 1), ("zlib", 2), ("zstd", 1), ("packbits", 1),
        ("lzma", 1),
    ):  # fmt: skip
        for depth, each in values.items():
            for white in ("minisblack", "miniswhite"):
                shown = each if white == "minisblack" else _negative(each)
                options = {"photometric": white, "compression": compression or None}
                if predictor == 2 and compression:
                    options["predictor"] = 3 if each.dtype.kind == "f" else 2
                name = f"{compression or 'none'}{', predicted' * (predictor == 2)}"
                yield File(
                    "TIFF", name, depth, "grey" if white == "minisblack" else "grey (0 is white)",
                    lambda v=shown, o=options: _tiff(v, **o),
                )  # fmt: skip
    for bits in (10, 12, 14):
        yield File("TIFF", "none", f"{bits} bits", "grey", lambda b=bits: _packed(b))
    yield File("TIFF", "none, tiles", "8 bits in 16", "grey",
               lambda: _tiff(_DEPTHS["8 bits in 16"](), tile=(16, 16)))  # fmt: skip
    yield File("TIFF", "none, big-endian", "12 bits in 16", "grey",
               lambda: _tiff(_DEPTHS["12 bits in 16"](), byteorder=">"))  # fmt: skip
    yield File("TIFF", "none, 64-bit offsets", "12 bits in 16", "grey",
               lambda: _tiff_big(_DEPTHS["12 bits in 16"]()))  # fmt: skip


def _negative(values):
    if values.dtype.kind == "f":
        return values.max() - values
    return (
        np.iinfo(values.dtype).max
        - values.astype(np.int64)
        + (np.iinfo(values.dtype).min if values.dtype.kind == "i" else 0)
    ).astype(values.dtype)


def _packed(bits) -> bytes:
    values = np.rint(picture() / 255 * (2**bits - 100) + 50).astype(np.uint16)
    return _tiff(values, bitspersample=bits)


def _tiff_big(values) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, bigtiff=True, metadata=None)
    return file.getvalue()


def _tiff_colour():
    for compression in (None, "lzw", "zlib", "zstd", "packbits"):
        for planar in ("contig", "separate"):
            for depth in ("8 bits", *_DEPTHS):
                values = picture() if depth == "8 bits" else _DEPTHS[depth]()
                for colour in ("colour", "colour and alpha"):
                    options = {"photometric": "rgb", "compression": compression,
                               "planarconfig": planar}  # fmt: skip
                    if colour == "colour and alpha":
                        options["extrasamples"] = ["unassalpha"]
                    name = f"{compression or 'none'}{', planes' * (planar == 'separate')}"
                    yield File(
                        "TIFF", name, depth, colour,
                        lambda v=values, c=colour, o=options: _tiff(_planar(_with_colour(v, c), o),
                                                                    **o),
                    )  # fmt: skip
    for depth, full in (("8 bits", 255), ("16 bits", 65535)):
        dtype = np.uint8 if full == 255 else np.uint16
        values = (picture().astype(np.uint32) * (full // 255)).astype(dtype)
        inks = np.stack([0 * values, 0 * values, 0 * values, full - values], -1)
        mixed = np.stack(3 * [full - values] + [0 * values], -1)
        for compression in (None, "lzw", "zlib"):
            name = compression or "none"
            for colour, each in (("CMYK (black)", inks), ("CMYK (mixed)", mixed)):
                yield File("TIFF", name, depth, colour, lambda v=each, c=compression: _tiff(
                    v, photometric="separated", compression=c))  # fmt: skip
            yield File("TIFF", name, depth, "YCbCr", lambda v=values, c=compression: _ycbcr(v, c))
            for icc in (False, True):
                yield File(
                    "TIFF", name, depth, "CIELAB of ICC" if icc else "CIELAB",
                    lambda d=dtype, i=icc, c=compression: _lab(d, i, c),
                )  # fmt: skip


def _planar(values, options):
    return np.moveaxis(values, -1, 0) if options["planarconfig"] == "separate" else values


def _ycbcr(values, compression) -> bytes:
    neutral = np.full_like(values, 2 ** (8 * values.dtype.itemsize - 1))
    return _tiff(
        np.stack([values, neutral, neutral], -1), photometric="ycbcr", compression=compression,
        subsampling=(1, 1), extratags=[(530, "H", 2, (1, 1), True)],
    )  # fmt: skip


def _lab(dtype, icc, compression) -> bytes:
    """By Pillow's colour management, whose L* has 8 bits; of 16 bits by the formula of L*."""
    if dtype == np.uint8:
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        change = ImageCms.buildTransform(*profiles, "RGB", "LAB")
        values = np.array(ImageCms.applyTransform(
            Image.fromarray(picture()).convert("RGB"), change))  # fmt: skip
        values = np.dstack([_lightness(255), values[..., 1:]])
        if icc:
            values[..., 1:] = 128
        else:
            values[..., 1:] = 0
    else:
        full = 65280 if icc else 65535
        tint = np.full((HEIGHT, WIDTH), 32768 if icc else 0, np.uint16)
        values = np.stack([_lightness(full), tint, tint], -1)
    return _tiff(values.astype(dtype), photometric="icclab" if icc else "cielab",
                 compression=compression)  # fmt: skip


def _lightness(full) -> np.ndarray:
    encoded = picture() / 255
    y = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    small = y <= (6 / 29) ** 3
    lightness = np.where(small, y * (29 / 3) ** 3, 116 * np.cbrt(y) - 16)
    return np.rint(lightness / 100 * full)


def _tiff_codecs():
    for depth in ("8 bits", "12 bits in 16", "16 bits"):
        grey = picture() if depth == "8 bits" else _DEPTHS[depth]()
        for compression, options in (
            ("jpeg2000", {"compressionargs": {"level": 0}}), ("png", {}), ("lerc", {}),
            ("jpegxl", {"compressionargs": {"lossless": True}}),
        ):  # fmt: skip
            for colour in ("grey", "colour"):
                if (compression, colour) == ("lerc", "colour"):
                    continue
                yield File(
                    "TIFF", compression, depth, colour,
                    lambda v=grey, c=compression, k=colour, o=options: _tiff(
                        _with_colour(v, k), compression=c,
                        photometric="rgb" if k == "colour" else "minisblack", **o),
                )  # fmt: skip
    yield File("TIFF", "webp", "8 bits", "colour", lambda: _tiff(
        _with_colour(picture(), "colour"), photometric="rgb", compression="webp",
        compressionargs={"lossless": True}))  # fmt: skip
    for colour, photometric in (("grey", "minisblack"), ("colour", "rgb")):
        yield File("TIFF", "jpeg", "8 bits", colour, lambda c=colour, p=photometric: _tiff(
            _with_colour(picture(), c), photometric=p, compression="jpeg",
            compressionargs={"level": 100}), 4)  # fmt: skip
    for name in ("tiff_jpeg", "raw", "tiff_lzw", "tiff_adobe_deflate"):
        image = Image.fromarray(picture()).convert("YCbCr")
        compression = f"{name.removeprefix('tiff_')}, by libtiff"
        yield File("TIFF", compression, "8 bits", "YCbCr", lambda i=image, n=name: _saved(
            i, format="TIFF", compression=n, **({"quality": 100} if n == "tiff_jpeg" else {})),
            4 if name == "tiff_jpeg" else 1)  # fmt: skip
    for name in ("tiff_lzw", "tiff_jpeg", "tiff_adobe_deflate", "packbits", "raw"):
        for colour, mode in (("grey", "L"), ("colour", "RGB"), ("palette", "P"), ("CMYK", "CMYK")):
            if (name, mode) in (("tiff_jpeg", "P"),):
                continue
            image = Image.fromarray(picture())
            image = image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)
            yield File(
                "TIFF", f"{name.removeprefix('tiff_')}, by libtiff", "8 bits", colour,
                lambda i=image, n=name: _saved(i, format="TIFF", compression=n,
                                               **({"quality": 100} if n == "tiff_jpeg" else {})),
                4 if name == "tiff_jpeg" else 1,
            )  # fmt: skip
