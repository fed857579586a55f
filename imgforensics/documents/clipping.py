"""Whether a picture of a PDF page is shown, or hidden by its clipping path.

Publishing programs place pictures of other pages beyond what their clipping path leaves.
"""

import ctypes
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw


def is_hidden(image: pypdfium2.PdfImage) -> bool:
    """Whether the paths that clip a picture leave nothing of its box.

    Paths of the forms around it, and other pictures that may cover it, are not looked at.
    """
    left, bottom, right, top = image.get_bounds()
    for low_x, low_y, high_x, high_y in _clips(image):
        left, bottom = max(left, low_x), max(bottom, low_y)
        right, top = min(right, high_x), min(top, high_y)
    return left >= right or bottom >= top


def _clips(image) -> Iterator[tuple[float, float, float, float]]:
    """Boxes around the paths that clip an object: left, bottom, right and top."""
    clip = raw.FPDFPageObj_GetClipPath(image)
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(max(raw.FPDFClipPath_CountPaths(clip), 0)):
        points = []
        for number in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
            segment = raw.FPDFClipPath_GetPathSegment(clip, path, number)
            if raw.FPDFPathSegment_GetPoint(segment, x, y):
                points.append((x.value, y.value))
        if points:
            across, up = zip(*points)
            yield min(across), min(up), max(across), max(up)
