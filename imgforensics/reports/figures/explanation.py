"""A pair of images under its heat maps: what makes f small in either, and what makes it large."""

import io
import os
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from imgforensics.utils import atomic, pictures
from imgforensics.utils.printable import printable

_OPAQUE = 0.7  # of the hottest places: what lies there can still be seen
_NAME = 34  # characters of a file's name, at most


def explanation(
    images: Sequence[np.ndarray],
    alike: Sequence[np.ndarray],
    different: Sequence[np.ndarray],
    names: Sequence[str],
    f: float,
    path: str | os.PathLike,
) -> None:
    """Draws the images, one below the other, beside themselves under their maps.

    Args:
        images: two, uint8 [side, side].
        alike, different: float [side, side] of either image, from `gradcam.maps`. The maps of a
            kind share their scale.
        names: of the images.
        f: of the pair.
        path: of the PNG; an existing file is replaced.

    Raises:
        UserError: the picture can't be written.
    """
    figure = Figure(figsize=(9, 6.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 3)
    verdict = "at most 1: same" if f <= 1 else "above 1: different"
    figure.suptitle(f"f = {f:.3f}, {verdict}")
    for axis, image, name in zip(axes[:, 0], images, names, strict=True):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_xlabel(_shortened(name), fontsize=9)
    columns = (
        ("what makes f small", alike, "Greens", "f would be higher by, per cell"),
        ("what makes f large", different, "Reds", "f would be lower by, per cell"),
    )
    for column, (title, maps, colors, meaning) in enumerate(columns, start=1):
        highest = max(1e-6, *(float(heat.max()) for heat in maps))
        shown = ScalarMappable(Normalize(0, highest), _fading(colors))
        for axis, image, heat in zip(axes[:, column], images, maps, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=255)
            axis.imshow(shown.to_rgba(heat))
        axes[0, column].set_title(title, fontsize=11)
        bar = figure.colorbar(shown, ax=axes[:, column], location="bottom", shrink=0.9, pad=0.02)
        bar.set_label(meaning, fontsize=9)
    axes[0, 0].set_title("images", fontsize=11)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    picture = io.BytesIO()
    figure.savefig(picture, dpi=120, format="png", metadata={"Software": pictures.SOFTWARE})
    with atomic.writing(path, "wb") as file:
        file.write(picture.getvalue())


def _fading(name):
    """A colour map that begins transparent."""
    colors = colormaps[name](np.linspace(0.3, 1, 256))
    colors[:, 3] = _OPAQUE * np.linspace(0, 1, 256)
    return ListedColormap(colors)


def _shortened(name):
    half = (_NAME - 1) // 2
    name = printable(name)
    return name if len(name) <= _NAME else f"{name[:half]}…{name[-half:]}"
