"""How accuracy and true-positive rate fall, the stronger a single manipulation is."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from imgforensics.figures import colours

_COLUMNS = 4
# Of a point, and its interval, with what they are drawn in.
_CURVES = (
    ("accuracy", "accuracy_interval", colours.BLUE, "o"),
    ("true_positive_rate", "true_positive_interval", colours.RED, "s"),
)
_TRAINED = "0.88"
_FEW = 3  # strengths, between which there is nothing


def robustness(measured: dict) -> Figure:
    """Draws a panel for each manipulation, with the strengths that training draws shaded.

    Args:
        measured: from `evaluation.robustness.measure`.
    """
    manipulations = measured["manipulations"]
    columns = min(_COLUMNS, len(manipulations))
    rows = math.ceil(len(manipulations) / columns)
    figure = Figure(figsize=(max(3.1 * columns, 7), 2.6 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for panel in panels.flat[len(manipulations):]:
        panel.remove()
    for panel, manipulation in zip(panels.flat, manipulations):
        _draw(panel, manipulation)
    for panel in panels[:, 0]:
        panel.set_ylabel("share of pairs")
    figure.legend(
        handles=_legend(measured), loc="outside upper center", ncols=2, frameon=False
    )
    return figure


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
        if len(strengths) <= _FEW:
            errors = np.maximum(0, (values - low, high - values))
            panel.errorbar(strengths, values, errors, fmt=marker, color=color, capsize=3)
        else:
            panel.fill_between(strengths, low, high, color=color, alpha=0.25, linewidth=0)
            panel.plot(strengths, values, color=color, marker=marker, markersize=4)
    panel.axhline(0.5, color=colours.GRAY, linewidth=0.8, linestyle=":")
    if manipulation["logarithmic"]:
        panel.set_xscale("log", base=2)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.xaxis.set_minor_locator(NullLocator())
        margin = (max(strengths) / min(strengths)) ** 0.04
        ends = min(strengths) / margin, max(strengths) * margin
    else:
        margin = 0.04 * (max(strengths) - min(strengths))
        ends = min(strengths) - margin, max(strengths) + margin
        if len(strengths) <= _FEW:
            panel.set_xticks(strengths)
    # The weakest strength comes first, also where it has the largest number.
    panel.set_xlim(*(ends if strengths[0] < strengths[-1] else ends[::-1]))
    panel.set_ylim(-0.03, 1.03)
    panel.set_title(manipulation["name"], fontsize="medium")
    panel.set_xlabel(manipulation["unit"])
    panel.grid(alpha=0.25)


def _legend(measured):
    labels = [
        "accuracy of f < 1, copies and others equally frequent",
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
