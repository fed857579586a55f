"""Figures to files."""

import io
import os

import matplotlib
from matplotlib.figure import Figure

from imgforensics.utils import atomic, pictures

_DPI = 150


def save(figure: Figure, path: str | os.PathLike) -> None:
    """Writes a figure as PNG and as SVG, which hold nothing of when and where they were drawn.

    Args:
        figure: what to write.
        path: without an ending; .png and .svg are added, and files that are there replaced.

    Raises:
        UserError: a file can't be written.
    """
    kinds = {"png": {"Software": pictures.SOFTWARE}, "svg": {"Date": None, "Creator": None}}
    for kind, about in kinds.items():
        picture = io.BytesIO()
        with matplotlib.rc_context({"svg.hashsalt": "imgforensics"}):
            figure.savefig(picture, dpi=_DPI, format=kind, metadata=about)
        with atomic.writing(f"{path}.{kind}", "wb") as file:
            file.write(picture.getvalue())
