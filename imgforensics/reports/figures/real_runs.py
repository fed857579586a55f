"""Figure 3 of the paper: the real protocol's likelihoods, class by class."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from imgforensics.reports.figures import colours

_RIGHT, _WRONG = colours.GREEN, colours.RED
_MARKERS = {"same": "s", "different": "o"}


def real_runs(likelihood_same: np.ndarray, likelihood_different: np.ndarray) -> Figure:
    """Draws squares for same and circles for different pairs, red and full where they are wrong.

    Args:
        likelihood_same: float [runs, classes] in [0, 1].
        likelihood_different: likewise.
    """
    same, different = np.asarray(likelihood_same), np.asarray(likelihood_different)
    order = np.argsort(-same.mean(axis=0), kind="stable")
    place = np.broadcast_to(np.arange(same.shape[1]), same.shape)
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, values, right in (
        ("same", same, same >= 0.5), ("different", different, different < 0.5),
    ):  # fmt: skip
        right = right[:, order].ravel()
        axes.scatter(
            place.ravel(), 100 * values[:, order].ravel(), marker=_MARKERS[name], s=18,
            edgecolors=np.where(right, _RIGHT, _WRONG).tolist(), linewidths=0.8,
            facecolors=np.where(right, "none", _WRONG),
        )  # fmt: skip
    axes.axhline(50, color="black", linewidth=0.8)
    axes.set(
        xlim=(-1, same.shape[1]),
        ylim=(-3, 103),
        xlabel="class, by its mean likelihood of same pairs",
        ylabel="likelihood of re-use (%)",
        title=f"{len(same)} runs",
    )
    figure.legend(handles=_legend(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _legend():
    styles = {"right": (_RIGHT, "none"), "wrong": (_WRONG, _WRONG)}
    return [
        Line2D([], [], linestyle="none", marker=marker, markeredgecolor=edge, markerfacecolor=face,
               label=f"{name} pair, {verdict}")
        for name, marker in _MARKERS.items()
        for verdict, (edge, face) in styles.items()
    ]  # fmt: skip
