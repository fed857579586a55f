"""HEIF, which telephones write: by a further package, since its codec is under patents."""

import numpy as np

from imgforensics.images import codecs, limits
from imgforensics.images.book import Book, Layer
from imgforensics.utils.errors import UserError

_BYTES = 16  # of each pixel: four samples of 16 bits, decoded and copied


def open_heif(file) -> Book:
    """Opens a HEIF file, whose images are its pages, turned as it says.

    Raises:
        UserError: pillow-heif is not installed, or an image is damaged or too large.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise UserError(
            "its content is of the kind HEIF, which takes a further package: "
            "pip install 'imgforensics[heif]', or save it as PNG, or as JPEG of high quality"
        ) from error
    opened = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
    for image in opened:
        width, height = image.size
        limits.check(width, height, _BYTES)

    def page(number: int) -> list[Layer]:
        return [Layer(codecs.rendered(np.asarray(opened[number])))]

    return Book(len(opened), page)
