"""Image files as documents, and the images that other documents embed as files."""

from imgforensics.documents.found import Contents, Found, sha256
from imgforensics.images.read import Picture, read_pages


def contents(content: bytes) -> Contents:
    """The pages of an image file of any kind that `images.read` knows.

    Raises:
        UserError: nothing of it can be read.
    """
    stream, pages = sha256(content), read_pages(content, partial=True)
    first = next(pages)

    def found():
        yield _found(first, stream)
        for picture in pages:
            yield _found(picture, stream)

    return Contents(first.pages, found())


def _found(picture: Picture, stream: str) -> Found:
    return Found(picture.page, picture.pixels, stream, note="; ".join(picture.notes) or None)
