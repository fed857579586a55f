"""How accuracy and true-positive rate fall, the stronger a single manipulation is."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from imgforensics.reports.figures import colours

_COLUMNS = 4
# Of a point, and its interval, with what they are drawn in.
_CURVES = (
    ("accuracy", "accuracy_interval", colours.BLUE, "o"),
    ("true_positive_rate", "true_positive_interval", colours.RED, "s"),
)
_TRAINED = "0.88"
FEW = 3  # strengths, between which there is nothing


def robustness(measured: dict) -> Figure:
    """Draws a panel for each manipulation, with the strengths that training draws shaded.

    Args:
        measured: from `evaluation.robustness.measure`.
    """
    figure, panels = grid(len(measured["manipulations"]), "share of pairs")
    for panel, manipulation in zip(panels, measured["manipulations"]):
        _draw(panel, manipulation)
    figure.legend(handles=_legend(measured), loc="outside upper center", ncols=2, frameon=False)
    return figure


def grid(number: int, label: str) -> tuple[Figure, list[Axes]]:
    """A figure of as many panels, with a label of their common y axis."""
    columns = min(_COLUMNS, number)
    rows = math.ceil(number / columns)
    figure = Figure(figsize=(max(3.1 * columns, 7), 2.6 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for panel in panels.flat[number:]:
        panel.remove()
    for panel in panels[:, 0]:
        panel.set_ylabel(label)
    return figure, list(panels.flat[:number])


def lay_out(
    panel: Axes, name: str, unit: str, strengths: Sequence[float], logarithmic: bool
) -> None:
    """The axes of a manipulation's panel, for shares in [0, 1] against its strengths."""
    if logarithmic:
        panel.set_xscale("log", base=2)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.xaxis.set_minor_locator(NullLocator())
        margin = (max(strengths) / min(strengths)) ** 0.04
        ends = min(strengths) / margin, max(strengths) * margin
    else:
        margin = 0.04 * (max(strengths) - min(strengths))
        ends = min(strengths) - margin, max(strengths) + margin
        if len(strengths) <= FEW:
            panel.set_xticks(strengths)
    # The weakest strength comes first, also where it has the largest number.
    panel.set_xlim(*(ends if strengths[0] < strengths[-1] else ends[::-1]))
    panel.set_ylim(-0.03, 1.03)
    panel.set_title(name, fontsize="medium")
    panel.set_xlabel(unit)
    panel.grid(alpha=0.25)


def _draw(panel: Axes, manipulation: dict) -> None:
    points = manipulation["points"]
    strengths = [point["strength"] for point in points]
    if manipulation["trained"]:
        panel.axvspan(*manipulation["trained"], color=_TRAINED, linewidth=0, zorder=0)
    for name, interval, color, marker in _CURVES:
        if points[0][name] is None:
            continue
        values = np.array([point[name] for point in points])
        low, high = np.transpose([point[interval] for point in points])
        if len(strengths) <= FEW:
            errors = np.maximum(0, (values - low, high - values))
            panel.errorbar(strengths, values, errors, fmt=marker, color=color, capsize=3)
        else:
            panel.fill_between(strengths, low, high, color=color, alpha=0.25, linewidth=0)
            panel.plot(strengths, values, color=color, marker=marker, markersize=4)
    panel.axhline(0.5, color=colours.GRAY, linewidth=0.8, linestyle=":")
    name, unit = manipulation["name"], manipulation["unit"]
    lay_out(
        panel, name=name, unit=unit, strengths=strengths, logarithmic=manipulation["logarithmic"]
    )


def _legend(measured):
    labels = [
        "accuracy of f ≤ 1, copies and others equally frequent",
        f"copies found at a false-positive rate of {measured['rate']:.0%}",
    ]
    handles = [
        Line2D([], [], color=color, marker=marker, label=label)
        for (name, _, color, marker), label in zip(_CURVES, labels)
        if measured["plain"][name] is not None
    ]
    return [
        *handles,
        Patch(color=_TRAINED, label="strengths that training draws"),
        Line2D([], [], color=colours.GRAY, linewidth=0.8, linestyle=":",
               label="accuracy by chance"),
    ]  # fmt: skip
