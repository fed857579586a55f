"""docs/formats.md, written from the files that the tests read.

`python tests/images/formats.py` writes it; a test fails when it isn't what this makes.
"""

import pathlib

import odd_files
import pictures

from imgforensics.images import kinds, limits

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "formats.md"
_ABOUT = """# Image files

Made by `python tests/images/formats.py` from the files that the tests read: change those.

The content of a file decides what it is, not its name. One picture, kept in every way listed here,
comes out with the same grey levels within 1 of 255 (within 4 where the way is lossy). HEIF takes
the extra `heif`.

| container | compression | depth | colour |
| --- | --- | --- | --- |
"""
_GREYS = """
Grey levels of 8 bits are kept; so are those of 16 bits that are 257 or 256 times those of 8. Values
of other depths are scaled: the smallest becomes black and the largest white, or what lies half as
far again beyond the 0.1 % and 99.9 % percentiles as these are apart, where single pixels lie
further away. NaN, values beyond 1e30, GDAL's no-data value and a single level far from all others
don't count. Colours become Rec. 601 luminance, print and perceptual colours by way of RGB.
Transparent parts show white paper. Images are turned as their EXIF orientation says.

## Pages and channels

Frames of GIF and WebP, images of HEIF, pages of TIFF, and slices and time points of ImageJ and OME
are pages. Channels of ImageJ and OME are channels, as are samples of a TIFF that are no colours.
Pages that are marked as reduced copies or masks are passed over. Where one picture of a file is
asked for, it is the first page that is not blank (one with the shape of another and at most half
its size comes last, since it is a thumbnail), with the mean of its channels, each with grey levels
of its own, but without empty ones, which are blank or have less than 2 % of the range of the
widest. `imgforensics compare` takes the pages that are most alike by f; `--page` and `--channel`
choose others. It says what it read.

## What is refused, in one line
"""


def page() -> str:
    """The text of the page."""
    rows = {}
    for file in pictures.files():
        row = rows.setdefault((file.container, file.compression), ({}, {}))
        row[0][file.depth], row[1][file.colour] = None, None
    table = [
        f"| {container} | {compression} | {', '.join(depths)} | {', '.join(colours)} |\n"
        for (container, compression), (depths, colours) in sorted(rows.items(), key=_order)
    ]
    refused = [
        f"- More than {limits.MAX_PIXELS} pixels (16384x16384), a side of more than "
        f"{limits.MAX_SIDE}, more than {limits.MAX_BYTES // 2**30} GiB of values in a page, or "
        f"more than {limits.MAX_PAGES} pages. A JPEG whose scans go over its pixels so often that "
        "it takes too long.\n",
        "- Damaged and truncated files. A missing end is only noted where no more than 1 % of the "
        "picture is missing with it.\n",
    ]
    for name in sorted(_named(), key=str.lower):
        refused.append(f"- {name}: {kinds.remedy(name)}.\n")
    notes = (
        f"\n{len(list(odd_files.files()))} odd files are read or refused by the tests, each in "
        "less than a minute and 4 GiB.\n"
    )
    return _ABOUT + "".join(table) + _GREYS + "\n" + "".join(refused) + notes


def _order(row):
    """Kinds as they are listed, and of each first what is plain."""
    (container, compression), _ = row
    return kinds.READ.index(container), compression


def _named() -> set[str]:
    """Kinds that are told from others, and not read."""
    starts = (odd.write() for odd in odd_files.other_kinds())
    return {kinds.kind(start[: kinds.START]) for start in starts if start} - {None, *kinds.READ}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
