"""Figure 4 of the paper: pairs of images with what was predicted of them."""

import math

import numpy as np
from matplotlib.figure import Figure

from imgforensics.reports.figures import colours

_COLUMNS = 3  # of pairs, for right and for wrong predictions each
_MAX_PAIRS = 15  # pairs of either


def pairs(
    first: np.ndarray, second: np.ndarray, is_same: np.ndarray, likelihood: np.ndarray
) -> Figure:
    """Draws pairs that were rightly found to be the same, and pairs that were wrongly judged.

    As in the paper, pairs that are different and were judged so are not shown: they mostly look
    very different. Of many pairs the first ones are shown; the order of a test is random.

    Args:
        first, second: float [n, side, side] in [0, 1].
        is_same: bool [n], whether the second image is a copy of the first.
        likelihood: float [n], that it is one; from 1/2 on it is taken for one.
    """
    is_same, said_same = np.asarray(is_same), np.asarray(likelihood) >= 0.5
    blocks = (
        ("right: same pairs", np.flatnonzero(is_same & said_same), colours.GREEN),
        ("wrong", np.flatnonzero(is_same != said_same), colours.RED),
    )
    rows = math.ceil(min(_MAX_PAIRS, max(1, *(len(chosen) for _, chosen, _ in blocks))) / _COLUMNS)
    figure = Figure(figsize=(12, 1.17 * rows + 0.7), layout="constrained")
    [parts] = figure.subfigures(1, 2, squeeze=False, wspace=0.03)
    for part, (title, chosen, color) in zip(parts, blocks):
        shown = min(len(chosen), _MAX_PAIRS)
        part.suptitle(f"{title} ({shown} of {len(chosen)})", color=color, fontweight="bold")
        panels = list(part.subplots(rows, _COLUMNS, squeeze=False).flat)
        for panel in panels:
            panel.set_axis_off()
        for panel, pair in zip(panels, chosen[:_MAX_PAIRS]):
            panel.imshow(
                _beside(first[pair], second[pair], color), vmin=0, vmax=1, interpolation="nearest"
            )
            truth = "same" if is_same[pair] else "diff"
            panel.set_title(f"{truth}, likelihood {likelihood[pair]:.0%}", fontsize="small", pad=3)
    return figure


def _beside(first, second, color):
    """Two images within a frame, float [side + 8, 2 side + 12, 3]."""
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    side, line = len(first), 4
    picture = np.tile(rgb, (side + 2 * line, 2 * side + 3 * line, 1))
    for image, left in ((first, line), (second, side + 2 * line)):
        picture[line : line + side, left : left + side] = np.asarray(image)[..., None]
    return picture
