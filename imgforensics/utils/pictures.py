"""Pictures that the commands draw: marked, so that none is ever taken for an image to compare."""

import io
import os
import pathlib
import stat

from PIL import Image, PngImagePlugin

from imgforensics.utils import atomic

SOFTWARE = "imgforensics"  # the PNG text "Software" of every picture that is drawn
_MARK = b"tEXtSoftware\0" + SOFTWARE.encode()
_HEAD = 1024  # bytes of a file, in which the mark lies: it comes before the pixels


def save(picture: Image.Image, path: str | os.PathLike, **how) -> None:
    """Writes a drawn picture as PNG; an older one is replaced.

    Args:
        picture: what to write.
        path: where to.
        **how: what else `Image.save` takes.

    Raises:
        UserError: it can't be written.
    """
    with atomic.writing(path, "wb") as file:
        file.write(encoded(picture, **how))


def encoded(picture: Image.Image, **how) -> bytes:
    """The content of the PNG file of a drawn picture; likewise."""
    text, content = PngImagePlugin.PngInfo(), io.BytesIO()
    text.add_text("Software", SOFTWARE)
    picture.save(content, format="PNG", pnginfo=text, **how)
    return content.getvalue()


def is_drawn(path: str | os.PathLike) -> bool:
    """Whether a file is a picture that one of the commands has drawn."""
    try:
        if not stat.S_ISREG(pathlib.Path(path).stat().st_mode):
            return False  # to open a pipe would wait for its other end
        with open(path, "rb") as file:
            return _MARK in file.read(_HEAD)
    except OSError:
        return False
