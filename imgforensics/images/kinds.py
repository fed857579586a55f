"""What a file is, by its first bytes: names don't count, since many are wrong."""

import codecs
import contextlib

# Enough to tell all kinds below.
START = 512  # bytes

PNG, JPEG, TIFF, GIF, BMP = "PNG", "JPEG", "TIFF", "GIF", "BMP"
WEBP, AVIF, JPEG2000, JPEGXL, HEIF = "WebP", "AVIF", "JPEG 2000", "JPEG XL", "HEIF"
READ = (PNG, JPEG, TIFF, GIF, BMP, WEBP, AVIF, JPEG2000, JPEGXL, HEIF)
# With which files of these kinds are named, mostly.
SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".gif", ".bmp", ".dib",
    ".webp", ".avif", ".jp2", ".j2k", ".j2c", ".jpx", ".jpf", ".jxl", ".heic", ".heif", ".hif",
)  # fmt: skip

_STARTS = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"II*\0": TIFF,
    b"MM\0*": TIFF,
    b"II+\0": TIFF,
    b"MM\0+": TIFF,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"BM": BMP,
    b"\0\0\0\x0cjP  \r\n\x87\n": JPEG2000,
    b"\xff\x4f\xff\x51": JPEG2000,
    b"\0\0\0\x0cJXL \r\n\x87\n": JPEGXL,
    b"\xff\x0a": JPEGXL,
    # What we don't read, but many keep beside images, or as images.
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"8BPS": "Photoshop",
    b"PK\x03\x04": "ZIP or Office",
    b"\xd0\xcf\x11\xe0": "old Office or Zeiss ZVI",
    b"ZISRAWFILE": "Zeiss CZI",
    b"\xda\xce\xbe\x0a": "Nikon ND2",
    b"\x70\0\0\0": "Leica LIF",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"SIMPLE  =": "FITS",
    b"\x76\x2f\x31\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance HDR",
    b"II\xbc": "JPEG XR",
    b"\0\0\x01\0": "icon",
    b"\x93NUMPY": "NumPy",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"\x1a\x45\xdf\xa3": "video",
}
_MAJOR_BRANDS = {b"avif": AVIF, b"avis": AVIF}
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_RASTER_TEXT = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"Pf", b"PF")
# Of a kind that is not read: what to do in place of "save it as PNG or TIFF".
_REMEDIES = {
    "PDF": "save its images as PNG or TIFF, for example with `pdfimages -png`",
    "ZIP or Office": "take the images out of it",
    "old Office or Zeiss ZVI": "take the images out of it, as PNG or TIFF",
    "gzip": "unpack it",
    "7-Zip": "unpack it",
    "RAR": "unpack it",
    "video": "save the pictures that matter as PNG or TIFF",
    "text": "name an image",
    "web page": "name an image; the download may have failed",
    **dict.fromkeys(
        ("Zeiss CZI", "Nikon ND2", "Leica LIF", "DICOM", "HDF5", "FITS"),
        "save it as TIFF, for example with ImageJ (Fiji)",
    ),
}


def kind(start: bytes) -> str | None:
    """The kind of a file.

    Args:
        start: its first bytes, `START` of them.

    Returns:
        One of `READ`, the name of another kind, or None where nothing is recognized.
    """
    if start[:4] == b"RIFF":
        return WEBP if start[8:12] == b"WEBP" else "video"
    if start[4:8] == b"ftyp":
        return _of_brands(start[8:12], start[16:64])
    if start[128:132] == b"DICM":
        return "DICOM"
    for each, name in _STARTS.items():
        if start.startswith(each):
            return name
    if start[:2] in _RASTER_TEXT and start[2:3].isspace():
        return "PNM"
    return _of_text(start)


def remedy(name: str | None) -> str:
    """What to do with a file of a kind that is not read; None is of a kind that isn't known."""
    return _REMEDIES.get(name or "", "save it as PNG or TIFF")


def _of_brands(major, others) -> str:
    if major in _MAJOR_BRANDS or b"avif" in others:
        return AVIF
    if major in _HEIF_BRANDS:
        return HEIF
    return "video"


def _of_text(start) -> str | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in text:
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html")):
        return "web page"
    with contextlib.suppress(UnicodeDecodeError):
        words = codecs.getincrementaldecoder("utf-8")().decode(text)  # the last may be cut
        if words and all(letter.isprintable() or letter.isspace() for letter in words):
            return "text"
    return None
