"""The axes that figures of the kinds of negatives share: a colour and a marker for each."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgforensics.reports.figures import colours
from imgforensics.utils.errors import UserError

_KINDS = {
    "random": ("negatives at random", colours.BLUE, "o"),
    "same_class": ("of the same class", colours.RED, "s"),
    "same_source": ("of the same source image", colours.PURPLE, "D"),
}


class Kind(NamedTuple):
    """A kind of negatives, and how it is drawn.

    Attributes:
        measured: its part of an evaluation's record.
        title: what its negatives are.
        color, marker: of its curve.
    """

    measured: dict
    title: str
    color: str
    marker: str


def axes_of_kinds(
    negatives: dict, curve: str, size: tuple[float, float]
) -> tuple[Figure, Axes, list[Kind]]:
    """Axes for a curve of each kind.

    Args:
        negatives: an evaluation's record of that name.
        curve: what can't be drawn without pairs.
        size: of the figure, width and height in inches.

    Returns:
        The figure, its axes, and the kinds that have pairs.

    Raises:
        UserError: no kind has pairs.
    """
    kinds = [
        Kind(negatives[name], *drawn)
        for name, drawn in _KINDS.items()
        if negatives[name]["negatives"]
    ]
    if not kinds:
        raise UserError(f"the record has no negative pairs, and so no {curve}")
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    return figure, axes, kinds
