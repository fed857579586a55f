"""Files as no one wants them: damaged, hostile, or merely unusual. All are drawn here.

`python tests/images/odd_files.py FOLDER` writes them to a folder.
"""

import io
import pathlib
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import imagecodecs
import numpy as np
import pictures
import png_files
import tifffile
from PIL import Image

READ = ""  # what is expected of a file that is read
EITHER = None  # of one that is read or refused

_LARGE = 16384  # pixels: of a side, as large as images may be


class Odd(NamedTuple):
    """A file.

    Attributes:
        name: of the file, with an ending as such files have.
        write: gives its bytes.
        expected: words of the error that it is refused with, or `READ`, or `EITHER`.
    """

    name: str
    write: Callable[[], bytes]
    expected: str | None


def files() -> Iterator[Odd]:
    """All of them."""
    yield from other_kinds()
    yield from _cosmetic()
    yield from _truncated()
    yield from _bombs()
    yield from _headers()
    yield from _values()
    yield from _damaged()


def write(folder: pathlib.Path) -> dict[str, Odd]:
    """Writes all files to a folder.

    Returns:
        Each by its name.
    """
    written = {}
    for odd in files():
        assert odd.name not in written, odd.name
        (folder / odd.name).write_bytes(odd.write())
        written[odd.name] = odd
    return written


def tiff(
    data: bytes, width=256, height=256, bits=8, compression=1, photometric=1, samples=1, **more
) -> bytes:
    """A TIFF file of one strip, whose tags may say anything.

    Args:
        data: of the strip.
        width, height, bits, compression, photometric, samples: what the tags say.
        more: further tags, `t<code>=value`, which may replace others; None leaves one out. `t0` is
            where the next page begins.
    """
    tags = {256: width, 257: height, 258: bits, 259: compression, 262: photometric, 273: None,
            277: samples, 278: height, 279: len(data)}  # fmt: skip
    left_out = {int(code[1:]) for code, value in more.items() if value is None}
    tags |= {int(code[1:]): value for code, value in more.items()}
    following = tags.pop(0, 0)  # where the next page begins
    tags = {code: value for code, value in sorted(tags.items()) if code not in left_out}
    start = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(
        struct.pack("<HHII", code, 4, 1, start if value is None else value)
        for code, value in tags.items()
    )
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + data


def _pillow(image, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def _tiff(values, **options) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **{"photometric": "minisblack", "metadata": None} | options)
    return file.getvalue()


def other_kinds() -> Iterator[Odd]:
    """Files of kinds that are not read, and of none."""
    kinds = {
        "a.pdf": (b"%PDF-1.7\n", "PDF"),
        "a.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        "a.psd": (b"8BPS\0\1", "Photoshop"),
        "a.pptx": (b"PK\x03\x04\x14\0", "Office"),
        "a.ppt": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        "a.czi": (b"ZISRAWFILE\0\0", "Zeiss CZI.*ImageJ"),
        "a.nd2": (b"\xda\xce\xbe\x0a\xe0\x34\0\0", "Nikon ND2.*ImageJ"),
        "a.lif": (b"\x70\0\0\0\x10\0\0\0\x2a", "Leica LIF.*ImageJ"),
        "a.h5": (b"\x89HDF\r\n\x1a\n", "HDF5"),
        "a.fits": (b"SIMPLE  =                    T", "FITS"),
        "a.dcm": (128 * b"\0" + b"DICM", "DICOM"),
        "a.exr": (b"\x76\x2f\x31\x01", "OpenEXR"),
        "a.jxr": (b"II\xbc\x01", "JPEG XR"),
        "a.ico": (b"\0\0\x01\0\x01\0", "icon"),
        "a.npy": (b"\x93NUMPY\x01\0", "NumPy"),
        "a.tif.gz": (b"\x1f\x8b\x08", "gzip.*unpack"),
        "a.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF.*imgforensics.heif|damaged"),
        "heic named.jpg": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF|damaged"),
        "a.mp4": (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "video"),
        "a.avi": (b"RIFF\0\0\1\0AVI LIST", "video"),
        "a.svg": (b"<?xml version='1.0'?><svg width='1'/>", "SVG"),
        "page.png": (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        "text.png": (b"not an image", "text"),
        "a.pgm": (b"P5 2 2 255\n\0\1\2\3", "PNM"),
        "empty.png": (b"", "empty"),
        "one byte.jpg": (b"\xff", "none of PNG, JPEG"),
        "zeros.tif": (4096 * b"\0", "none of PNG, JPEG"),
        "noise.tif": (np.random.default_rng(0).bytes(4096), EITHER),
    }
    for name, (start, expected) in kinds.items():
        padding = b"" if len(start) < 2 or name in ("text.png", "a.svg", "page.png") else 99 * b"\0"
        yield Odd(name, lambda s=start, p=padding: s + p, expected)


def _good() -> dict[str, Callable[[], bytes]]:
    """One file of each kind, to be damaged."""
    grey = Image.fromarray(pictures.picture())
    deep = pictures.picture().astype(np.uint16) * 16
    colour = np.dstack(3 * [pictures.picture()])
    of_pillow = {
        "png": {"format": "PNG"}, "jpg": {"format": "JPEG"},
        "progressive.jpg": {"format": "JPEG", "progressive": True},
        "gif": {"format": "GIF"}, "bmp": {"format": "BMP"}, "webp": {"format": "WebP"},
        "jp2": {"format": "JPEG2000"}, "avif": {"format": "AVIF"},
        "g4.tif": {"format": "TIFF", "compression": "group4"},
    }  # fmt: skip
    good = {
        name: lambda o=options, n=name: _pillow(grey.convert("1") if "g4" in n else grey, **o)
        for name, options in of_pillow.items()
    }
    good |= {
        "rgb16.png": lambda: imagecodecs.png_encode(np.dstack(3 * [deep])),
        "interlaced.png": lambda: png_files.write(pictures.picture(), interlaced=True),
        "jxl": lambda: imagecodecs.jpegxl_encode(deep),
        "deep.jp2": lambda: imagecodecs.jpeg2k_encode(deep, level=0),
    }
    for compression in ("none", "lzw", "zlib", "zstd", "lzma", "packbits", "jpeg", "jpeg2000",
                        "jpegxl", "png", "webp", "lerc"):  # fmt: skip
        values = {"jpeg": pictures.picture(), "webp": colour}.get(compression, deep)
        good[f"{compression}.tif"] = lambda v=values, c=compression: _tiff(
            v, compression=None if c == "none" else c, photometric="rgb" if c == "webp" else 1
        )
    return good


def _cosmetic():
    good = _good()
    for name, write in good.items():
        yield Odd(f"followed by zeros {name}", lambda w=write: w() + 512 * b"\0", READ)
        yield Odd(f"named {name}.xyz.jpg", write, READ)
    for lost in (1, 2, 3):
        for name in ("jpg", "progressive.jpg"):
            yield Odd(f"{lost} bytes lost.{name}", lambda n=name, k=lost: good[n]()[:-k],
                      READ if lost <= 2 else EITHER)  # fmt: skip
        yield Odd(f"{lost} bytes lost of a large.jpg", lambda k=lost: _pillow(
            Image.fromarray(np.tile(pictures.picture(), (9, 9))), format="JPEG")[:-k],
            READ)  # fmt: skip
    text = bytes(np.random.default_rng(0).integers(32, 127, 1_200_000, np.uint8))
    bomb = zlib.compress(bytes(2**26))
    extra = {
        "long text": png_files.chunk(b"tEXt", b"Comment\0" + text),
        "long packed text": png_files.chunk(b"zTXt", b"Comment\0\0" + bomb),
        "large profile": png_files.chunk(b"iCCP", b"profile\0\0" + bomb),
        "damaged text": png_files.chunk(b"tEXt", b"Comment\0hello")[:-1] + b"x",
        "damaged time": png_files.chunk(b"tIME", b"1"),
        "unknown chunk": png_files.chunk(b"noNE", b"12345"),
        "a frame": png_files.chunk(b"acTL", struct.pack(">II", 2, 0)),
    }
    whole = png_files.write(pictures.picture())
    for name, each in extra.items():
        yield Odd(f"{name}.png", lambda e=each: whole[:33] + e + whole[33:], READ)
    yield Odd("without its end.png", lambda: whole[:-12], READ)
    yield Odd("half an end.png", lambda: whole[:-5], READ)
    yield Odd("several.mpo", lambda: _pillow(
        Image.fromarray(pictures.picture()), format="MPO", save_all=True,
        append_images=[Image.new("L", (20, 20))]), READ)  # fmt: skip
    damaged = good["none.tif"]()
    yield Odd("long description.tif", lambda: _tiff(
        pictures.picture(), description=2_000_000 * "x"), READ)  # fmt: skip
    ome = "<?xml version='1.0'?><OME><Image></OME>"
    yield Odd("odd OME.tif", lambda: _tiff(pictures.picture(), description=ome), READ)
    imagej = "ImageJ=1.53\nimages=99999\nslices=-3\n"
    yield Odd("odd ImageJ.tif", lambda: _tiff(pictures.picture(), description=imagej), EITHER)
    yield Odd("next page missing.tif", lambda: _with_next(damaged, 2**31), EITHER)


def _with_next(data, place):
    """Says where the next page begins."""
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    at = first + 2 + 12 * count
    return data[:at] + struct.pack("<I", place) + data[at + 4 :]


def _truncated():
    for name, write in _good().items():
        for share in (0.02, 0.5, 0.9):
            # Of what is cut to a fiftieth, and of a part of G4 or a codec's own, some is readable.
            sure = share < 0.9 and not name.startswith(("lzma", "g4"))
            yield Odd(f"{share:.0%} of a {name}", lambda w=write, s=share: w()[: int(s * len(w()))],
                      "cannot read" if sure else EITHER)  # fmt: skip
    picture = np.tile(pictures.picture(), (5, 5))[:200, :300]
    row = picture.shape[1] + 1
    for kept in (0, 50, 199):
        yield Odd(f"{kept} of 200 rows.png", lambda k=kept: png_files.write(picture, kept=k * row),
                  "truncated")  # fmt: skip
    yield Odd("interlaced, cut.png", lambda: png_files.write(picture, True, kept=30_000),
              "truncated")  # fmt: skip
    half = _pillow(Image.fromarray(picture), format="JPEG")
    half = half[: len(half) // 2]
    yield Odd("half with an end.jpg", lambda: half + b"\xff\xd9", "truncated")
    half_tiff = imagecodecs.jpeg_encode(picture)[:8000]
    for end in (b"", b"\xff\xd9"):
        yield Odd(f"half a JPEG{' with an end' * bool(end)}.tif", lambda e=end: tiff(
            half_tiff + e, 300, 200, compression=7), EITHER if end else "truncated")  # fmt: skip
    for compression, encode in {5: imagecodecs.lzw_encode, 8: imagecodecs.zlib_encode}.items():
        yield Odd(f"half of compression {compression}.tif", lambda c=compression, e=encode: tiff(
            e(picture)[: len(e(picture)) // 2], 300, 200, compression=c), "damaged")  # fmt: skip
    fax = _fax(picture > 128)
    yield Odd("whole fax.tif", lambda: tiff(fax, 300, 200, bits=1, compression=4), READ)
    yield Odd("half a fax.tif", lambda: tiff(
        fax[: len(fax) // 2], 300, 200, bits=1, compression=4), "truncated")  # fmt: skip
    yield Odd("no strips.tif", lambda: tiff(b"", t273=0, t279=0), "truncated")
    yield Odd("strip beyond the end.tif", lambda: tiff(bytes(10), t273=10**6), "cannot read")


def _fax(picture) -> bytes:
    """Group 4 code, by libtiff."""
    data = _pillow(Image.fromarray(picture), format="TIFF", compression="group4")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    return data[start : start + count]


def _scans(side, more):
    data = _pillow(Image.new("L", (side, side), 9), format="JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + more * last + b"\xff\xd9"


def _bombs():
    yield Odd("many scans.jpg", lambda: _scans(4096, 5000), "scans")
    yield Odd(
        "many scans.tif", lambda: tiff(_scans(4096, 5000), 4096, 4096, compression=7), "scans"
    )
    yield Odd("many scans, small.jpg", lambda: _scans(64, 500), READ)
    yield Odd("large JPEG.jpg", lambda: _claims(_good()["jpg"](), 65500, 65500), "pixels are more")
    yield Odd("deflate, 256 MiB.tif", lambda: tiff(_zeros(2**28), compression=8), EITHER)
    yield Odd("zstd, 256 MiB.tif", lambda: tiff(
        imagecodecs.zstd_encode(bytes(2**28)), compression=50000), EITHER)  # fmt: skip
    yield Odd("lzma, 64 MiB.tif", lambda: tiff(
        imagecodecs.lzma_encode(bytes(2**26), level=1), compression=34925), EITHER)  # fmt: skip
    yield Odd("lzw, 16 MiB.tif", lambda: tiff(
        imagecodecs.lzw_encode(bytes(2**24)), compression=5), EITHER)  # fmt: skip
    yield Odd("packbits, 16 MiB.tif", lambda: tiff(2**17 * b"\x81\0", compression=32773), EITHER)
    inner = {
        "JPEG": (7, _claims(_good()["jpg"](), 65500, 65500)),
        "PNG": (34933, png_files.SIGNATURE + png_files.header(2**15, 2**15)),
        "JPEG 2000": (34712, imagecodecs.jpeg2k_encode(np.zeros((1000, 1000), np.uint8))),
        "JPEG XL": (50002, imagecodecs.jpegxl_encode(np.zeros((1000, 1000), np.uint8))),
        "LERC": (34887, imagecodecs.lerc_encode(np.zeros((1000, 1000), np.uint8))),
    }
    for name, (compression, data) in inner.items():
        yield Odd(f"large {name} in a small.tif", lambda c=compression, d=data: tiff(
            d, compression=c), "declares")  # fmt: skip
    whole = png_files.write(np.zeros((2, 2), np.uint8))
    for width, height, words in (
        (1, 2**28, "a side is longer"), (2**28, 1, "a side is longer"),
        (2**31 - 1, 2**31 - 1, "pixels are more"), (_LARGE, _LARGE, "truncated|damaged"),
        (0, 5, "0x5 pixels"),
    ):  # fmt: skip
        yield Odd(f"{width}x{height}.png", lambda w=width, h=height: (
            whole[:8] + png_files.header(w, h) + whole[33:]), words)  # fmt: skip
    yield Odd("large, 64 bits.png", lambda: (
        whole[:8] + png_files.header(_LARGE + 2, _LARGE - 2, 16, 6) + whole[33:]),
        "truncated")  # fmt: skip
    side = {"width": _LARGE, "height": _LARGE}
    yield Odd("128 channels.tif", lambda: tiff(b"", **side, samples=128, t279=0), "take more than")
    yield Odd("no data.tif", lambda: tiff(b"", **side, t279=0), "truncated")
    yield Odd("65535 samples.tif", lambda: tiff(bytes(99), 999, 999, samples=65535),
              "take more than")  # fmt: skip
    yield Odd("large.tif", lambda: tiff(bytes(99), 2**30, 1), "pixels are more")
    yield Odd(
        "deep.tif", lambda: tiff(bytes(99), **side, bits=64, samples=2), "take more than|unsu"
    )
    yield Odd("tiles of a pixel.tif",
              lambda: tiff(bytes(99), **side, t322=1, t323=1, t324=8, t325=1),
              "strips or tiles|cannot read")  # fmt: skip
    yield Odd("strips of a row.tif", lambda: tiff(bytes(99), **side, t278=1), "truncated")
    yield Odd("empty blocks.jp2", lambda: _jp2_claims(_LARGE, _LARGE), "cannot read")
    yield Odd("many.jp2", lambda: _jp2_claims(2**30, 2**30), "pixels are more")
    yield Odd("many.jxl", lambda: _jxl_claims(2**30), "pixels are more")
    yield Odd("large.gif", lambda: _gif_claims(65535), "pixels are more")
    yield Odd("many frames.gif", lambda: _gif_frames(12_000), "frames, more than")
    yield Odd("large.bmp", lambda: _bmp_claims(2**30, 2**30), "pixels are more")
    yield Odd("rows upwards.bmp", lambda: _bmp_claims(60, -(2**31)), "cannot read")
    yield Odd("one line.bmp", lambda: _bmp_claims(2**20, 1), "a side is longer")
    yield Odd("larger than it is.webp", lambda: _webp_claims(_good()["webp"]()), "cannot read")


def _zeros(count):
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(bytes(2**20)) for _ in range(count // 2**20)]) + packer.flush()


def _claims(data, width, height):
    """A JPEG that declares another size."""
    at = next(data.find(bytes((0xFF, code))) for code in (0xC0, 0xC2)
              if data.find(bytes((0xFF, code))) > 0)  # fmt: skip
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _jp2_claims(width, height):
    data = _good()["jp2"]()
    at = data.find(b"\xff\x4f\xff\x51") + 8
    data = data[:at] + struct.pack(">II", width, height) + data[at + 8 :]
    return data[: at + 16] + struct.pack(">II", width, height) + data[at + 24 :]


def _jxl_claims(side):
    bits = (0) | (3 << 1) | ((side - 1) << 3) | (1 << 33)  # not small, 30 bits, as wide as high
    return b"\xff\x0a" + bits.to_bytes(8, "little") + bytes(40)


def _gif_claims(side):
    data = _good()["gif"]()
    return data[:6] + struct.pack("<HH", side, side) + data[10:]


def _gif_frames(count):
    data = _pillow(Image.new("P", (1, 1)), format="GIF")
    frame = data[data.find(b"\x2c") : -1]
    return data[:-1] + count * frame + data[-1:]


def _bmp_claims(width, height):
    data = _good()["bmp"]()
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def _webp_claims(data):
    at = data.find(b"VP8 ") + 14
    return data[:at] + struct.pack("<HH", 4000, 4000) + data[at + 4 :]


def _headers():
    values = bytes(pictures.picture()) * 25
    odd = {
        "no size": {"t256": None}, "no place of strips": {"t273": None, "t279": None},
        "no width": {"width": 0}, "no rows of a strip": {"t278": 0}, "0 bits": {"bits": 0},
        "17 bits": {"bits": 17}, "200 bits": {"bits": 200}, "compression 0": {"compression": 0},
        "compression 60000": {"compression": 60000}, "photometric 999": {"photometric": 999},
        "0 samples": {"samples": 0}, "planes 7": {"samples": 3, "t284": 7},
        "planes": {"samples": 3, "t284": 2}, "orientation 77": {"t274": 77},
        "predictor 99": {"t317": 99}, "complex header": {"bits": 64, "t339": 6},
        "float of 8 bits": {"t339": 3}, "palette without colours": {"photometric": 3},
        "ink of one": {"photometric": 5}, "YCbCr of one": {"photometric": 6},
        "Lab of one": {"photometric": 8}, "colour of one": {"photometric": 2},
        "tiles of nothing": {"t322": 0, "t323": 0, "t324": 8, "t325": 8},
        "tiles of half a GiB": {"t322": 2**16, "t323": 2**13, "t324": 8, "t325": 8},
        "old JPEG": {"compression": 6}, "thunderscan": {"compression": 32809},
        "log of luminance": {"compression": 34676, "photometric": 32844},
        "next": {"compression": 32766}, "its own next": {"t0": 8},
        "pages within itself": {"t330": 8}, "a page within the strip": {"t330": 200},
        "YCbCr, quartered": {"photometric": 6, "samples": 3},
    }  # fmt: skip
    for name, tags in odd.items():
        yield Odd(f"{name}.tif", lambda t=tags: tiff(values, **t), EITHER)
    yield Odd("many pages.tif", lambda: _pages(12_000), "more than 10000 pages")
    yield Odd("tags of nothing.tif", lambda: b"II*\0" + struct.pack("<IH", 8, 65535), "cannot read")
    yield Odd("large tag.tif", lambda: tiff(values, t270=2**31), EITHER)
    yield Odd("start beyond the end.tif", lambda: b"II*\0" + struct.pack("<I", 2**31),
              "cannot read")  # fmt: skip
    yield Odd("no frame.jpg", lambda: b"\xff\xd8\xff\xd9" + bytes(20), "no frame")
    yield Odd("only starts.jpg", lambda: 500 * b"\xff\xd8" + b"\xff", "no frame")
    yield Odd("0 rows.jpg", lambda: _claims(_good()["jpg"](), 60, 0), "60x0 pixels")
    yield Odd("no header.png", lambda: png_files.SIGNATURE + png_files.chunk(b"IEND", b""),
              "no header")  # fmt: skip
    yield Odd("colour 5.png", lambda: png_files.SIGNATURE + png_files.header(9, 9, 8, 5),
              "no PNG of")  # fmt: skip
    yield Odd("no pixels.png", lambda: (
        png_files.SIGNATURE + png_files.header(9, 9) + png_files.chunk(b"IEND", b"")),
        "truncated|damaged")  # fmt: skip


def _pages(count):
    pages = bytearray(b"II*\0" + struct.pack("<I", 8))
    tags = {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 4, 277: 1, 278: 1, 279: 1}
    entries = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags.items())
    for _ in range(count):
        following = len(pages) + 2 + len(entries) + 4
        pages += struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return bytes(pages[:-4]) + bytes(4)


def _values():
    picture = pictures.picture()
    unit = (picture / 255).astype(np.float32)
    holes = unit.copy()
    holes[:9, :9] = np.nan
    deep = picture.astype(np.uint16) * 16
    values = {
        "NaN only": np.full_like(unit, np.nan), "infinite only": np.full_like(unit, np.inf),
        "NaN, some": holes, "-3.4e38": np.where(np.isnan(holes), np.float32(-3.4e38), unit),
        "float, one level": np.full_like(unit, 7), "black": np.zeros_like(deep),
        "one level": np.full_like(deep, 1000), "one pixel": deep[:1, :1], "one row": deep[:1],
        "tiny": unit * 1e-30, "huge": unit.astype(np.float64) * 1e29,
        "complex": unit.astype(np.complex64), "65 channels": np.stack(65 * [deep]),
        "9 pages": np.stack(9 * [picture]),
    }  # fmt: skip
    for name, each in values.items():
        yield Odd(f"{name}.tif", lambda v=each: _tiff(v),
                  "complex" if name == "complex" else READ)  # fmt: skip
    alpha = np.dstack([deep, deep, deep, 0 * deep])
    yield Odd("transparent.png", lambda: imagecodecs.png_encode(alpha), READ)
    yield Odd("transparent.tif", lambda: _tiff(
        alpha, photometric="rgb", extrasamples=["unassalpha"]), READ)  # fmt: skip
    yield Odd("blank.jpg", lambda: _pillow(Image.new("L", (99, 99)), format="JPEG"), READ)
    yield Odd("white.png", lambda: _pillow(Image.new("L", (99, 99), "white"), format="PNG"), READ)


def _damaged():
    """Bytes are changed: at the start, where headers are, and everywhere."""
    for number, (name, write) in enumerate(_good().items()):
        for kind in ("start", "values"):
            yield Odd(f"damaged {kind} {name}",
                      lambda w=write, n=number, k=kind: _flipped(w(), n, k), EITHER)  # fmt: skip


def _flipped(data, seed, kind):
    changed, rng = bytearray(data), np.random.default_rng(seed)
    low, high = (8, min(len(data), 200)) if kind == "start" else (len(data) // 3, len(data))
    for at in rng.integers(low, high, 12):
        changed[at] = rng.integers(256)
    return bytes(changed)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
