"""A contact sheet: some images of every class, side by side over its name."""

import math
import pathlib

import matplotlib.backends.backend_agg
import matplotlib.figure
import numpy as np
import PIL.Image

from imgforensics.data.micrographs import Micrographs
from imgforensics.utils import pictures
from imgforensics.utils.printable import printable

_INCHES, _DPI = 1.0, 128  # of a tile; 66 tiles make a picture of less than a megabyte


def contact_sheet(
    micrographs: Micrographs, path: str | pathlib.Path, per_class: int = 2, columns: int = 3
) -> None:
    """Writes the first images of every class to a gray PNG.

    Args:
        micrographs: what to show; the classes come in the order of their first image.
        path: of the PNG; an existing file is replaced.
        per_class: tiles of every class; a class that has fewer images leaves places empty.
        columns: classes in a row.

    Raises:
        ValueError: if there is no image.
    """
    if not len(micrographs):
        raise ValueError("there are no micrographs to show on a contact sheet")
    names, first = np.unique(micrographs.classes, return_index=True)
    names = names[np.argsort(first)]
    rows = math.ceil(len(names) / columns)
    # The figure has no state of pyplot's, so that drawing it in a training run disturbs nothing.
    figure = matplotlib.figure.Figure(
        figsize=(columns * (per_class + 0.08) * _INCHES, rows * 1.2 * _INCHES), dpi=_DPI
    )
    canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(figure)
    width, height = 1 / (columns * (per_class + 0.08)), 1 / (rows * 1.2)
    for place, name in enumerate(names):
        row, column = divmod(place, columns)
        left = column * (per_class + 0.08) * width
        bottom = 1 - (row + 1) * 1.2 * height
        for tile, index in enumerate(np.flatnonzero(micrographs.classes == name)[:per_class]):
            axes = figure.add_axes(
                (left + tile * width, bottom + 0.2 * height, 0.98 * width, 0.98 * height)
            )
            axes.imshow(micrographs.images[index], cmap="gray", vmin=0, vmax=255)
            axes.set_axis_off()
        title = printable(name.replace("_", " "))
        figure.text(
            left + per_class * width / 2,
            bottom + 0.1 * height,
            title,
            ha="center",
            va="center",
            fontsize=9,
        )
    canvas.draw()
    picture = PIL.Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("L")
    pictures.save(picture, path, optimize=True)
