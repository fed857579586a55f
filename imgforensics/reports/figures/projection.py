"""Figure 5 of the paper: thumbnails in the plane of the embeddings, and parts of it from nearby."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Rectangle

from imgforensics.reports.figures import colours

_ANCHOR, _COPY = colours.BLUE, colours.RED
_PARTS = (colours.GREEN, colours.PURPLE, colours.ORANGE)
_NEAREST = 14  # images in a part
_PIXELS = 32  # of a thumbnail, on either side


def projection(images: np.ndarray, coordinates: np.ndarray, shares: np.ndarray) -> Figure:
    """Draws all images where they lie, and below three parts with lines from images to copies.

    Args:
        images: float [2 n, side, side] in [0, 1]; image n + i is a copy of image i.
        coordinates: float [2 n, 2].
        shares: float [2], of the variance along either axis.
    """
    thumbnails = np.stack([_reduced(image) for image in np.asarray(images)])
    figure = Figure(figsize=(10, 13.4), layout="constrained")
    grid = figure.add_gridspec(2, len(_PARTS), height_ratios=(3, 1.12))
    whole = figure.add_subplot(grid[0, :])
    _show(whole, thumbnails, coordinates, range(len(thumbnails)), zoom=0.42)
    spread = np.ptp(coordinates, axis=0)
    margin = np.where(spread > 0, 0.04 * spread, 1)
    low, high = coordinates.min(axis=0) - margin, coordinates.max(axis=0) + margin
    whole.set(
        xlim=(low[0], high[0]),
        ylim=(low[1], high[1]),
        xlabel=f"first principal component ({shares[0]:.0%} of the variance)",
        ylabel=f"second principal component ({shares[1]:.0%})",
        title=f"{len(images) // 2} images and a manipulated copy of each",
    )
    for number, (centre, color) in enumerate(zip(_centres(coordinates), _PARTS)):
        half = _half(coordinates, centre, high - low)
        (left, bottom), (width, height) = centre - half, 2 * half
        whole.add_patch(Rectangle(
            (left, bottom), width, height, fill=False, edgecolor=color, linewidth=2.5, zorder=9
        ))  # fmt: skip
        part = figure.add_subplot(grid[1, number])
        part.set(xlim=(left, left + width), ylim=(bottom, bottom + height), xticks=[], yticks=[])
        for spine in part.spines.values():
            spine.set(edgecolor=color, linewidth=2.5)
        inside = np.flatnonzero((np.abs(coordinates - centre) < half).all(axis=1))
        _join(part, coordinates, inside)
        _show(part, thumbnails, coordinates, inside, zoom=1.0, framed=True)
    figure.legend(handles=_legend(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _reduced(image):
    """The mean of squares of pixels, at most so many thumbnail pixels on either side."""
    step = max(1, len(image) // _PIXELS)
    kept = len(image) // step * step
    return image[:kept, :kept].reshape(kept // step, step, kept // step, step).mean(axis=(1, 3))


def _show(axes: Axes, thumbnails, coordinates, numbers, zoom, framed=False) -> None:
    for number in numbers:
        color = _ANCHOR if number < len(thumbnails) // 2 else _COPY
        picture = OffsetImage(
            thumbnails[number], zoom=zoom, cmap="gray", clim=(0, 1), interpolation="nearest"
        )
        box = AnnotationBbox(
            picture, coordinates[number], frameon=framed, pad=0.1, annotation_clip=True,
            bboxprops={"edgecolor": color, "facecolor": color, "linewidth": 1},
        )  # fmt: skip
        axes.add_artist(box)
        for piece in (picture.image, box.patch):  # not beyond the frame
            piece.set_clip_path(axes.patch)


def _join(axes: Axes, coordinates, inside) -> None:
    """Lines between the images and copies of which both are inside."""
    count = len(coordinates) // 2
    for number in inside:
        if number < count and number + count in inside:
            ends = coordinates[[number, number + count]]
            axes.plot(*ends.T, color="black", linewidth=1, zorder=1)


def _centres(coordinates):
    """Points that lie far from each other, but not at the rim: float [3, 2]."""
    spread = coordinates.std(axis=0)
    scaled = (coordinates - np.median(coordinates, axis=0)) / np.where(spread > 0, spread, 1)
    inner = np.flatnonzero((np.abs(scaled) < 1.5).all(axis=1))
    chosen = [inner[np.argmin((scaled[inner] ** 2).sum(axis=1))]]
    while len(chosen) < len(_PARTS):
        distances = ((scaled[inner, None] - scaled[chosen]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(inner[np.argmax(distances)])
    return coordinates[chosen]


def _half(coordinates, centre, extent):
    """Half the width and height of the part that holds the nearest images: float [2] above 0."""
    reach = np.sort((np.abs(coordinates - centre) / extent).max(axis=1))
    return max(1.02 * reach[min(_NEAREST, len(reach) - 1)], 1e-3) * extent


def _legend():
    return [
        Line2D([], [], linestyle="none", marker="s", markersize=10, color=_ANCHOR, label="image"),
        Line2D([], [], linestyle="none", marker="s", markersize=10, color=_COPY,
               label="manipulated copy"),
        Line2D([], [], color="black", linewidth=1, label="from an image to its copy"),
    ]  # fmt: skip
