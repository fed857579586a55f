"""The accuracies of a sweep's points, as dots with error bars."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from imgforensics.reports.figures import colours

_STYLES = (("o", colours.BLUE), ("s", colours.RED))
_WRAP = 60  # characters of a label's line


def sweep(labels: Sequence[str], accuracies: Mapping[str, Sequence[Sequence[float]]]) -> Figure:
    """Draws for each point the accuracy of every seed, their mean, and their standard deviation.

    Args:
        labels: of the points, from the top.
        accuracies: for one or two protocols by name, the accuracies of each point's seeds.
    """
    lines = [_wrapped(label) for label in labels]
    height = 1.2 + 0.25 * sum(1 + line.count("\n") for line in lines)
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots()
    for number, (protocol, points) in enumerate(accuracies.items()):
        marker, color = _STYLES[number]
        shift = 0.25 * (number - (len(accuracies) - 1) / 2)
        for place, values in enumerate(points):
            sd = np.std(values, ddof=1) if len(values) > 1 else None
            axes.errorbar(
                np.mean(values),
                place + shift,
                xerr=sd,
                fmt=marker,
                color=color,
                capsize=3,
                label=protocol if place == 0 else None,
            )
            axes.plot(values, np.full(len(values), place + shift), "|", color=color, alpha=0.6)
    axes.set_yticks(range(len(labels)), lines, fontsize="small")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel("accuracy: mean and standard deviation over seeds, and each seed")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return figure


def _wrapped(label):
    """Breaks a label between its fields where it gets too long."""
    lines = [""]
    for part in label.split(", "):
        if lines[-1] and len(lines[-1]) + len(part) > _WRAP:
            lines.append("")
        lines[-1] += f", {part}" if lines[-1] else part
    return "\n".join(lines)
