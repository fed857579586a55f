"""What a file may ask for: bounds that are checked before its pixels are decoded."""

from imgforensics.utils.errors import UserError

MAX_PIXELS = 2**28  # 16384 x 16384
MAX_SIDE = 2**18  # pixels: decoders keep something for each row
MAX_BYTES = 2**31  # of the decoded values of one page, with all its channels
MAX_SCAN_SAMPLES = 16 * MAX_PIXELS  # of a JPEG: scans x samples, of which each scan refines all
MAX_PAGES = 10_000


def check(width: int, height: int, bytes_each: int = 1) -> None:
    """Refuses an image that takes too much to decode.

    Args:
        width, height: pixels.
        bytes_each: what a decoder keeps of each pixel.

    Raises:
        UserError: tells which bound is passed.
    """
    if width < 1 or height < 1:
        raise UserError(f"it has {width}x{height} pixels")
    if width * height > MAX_PIXELS:
        raise UserError(
            f"{width}x{height} pixels are more than {MAX_PIXELS} (16384x16384); cut it into tiles"
        )
    if max(width, height) > MAX_SIDE:
        raise UserError(
            f"{width}x{height} pixels: a side is longer than {MAX_SIDE}; cut it into tiles"
        )
    if width * height * bytes_each > MAX_BYTES:
        raise UserError(
            f"{width}x{height} pixels of {bytes_each} bytes take more than "
            f"{MAX_BYTES // 2**30} GiB; cut it into tiles, or save fewer channels or bits"
        )
