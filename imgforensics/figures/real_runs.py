"""Figure 3 of the paper: the real protocol's likelihoods, class by class."""

import io
import os

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from imgforensics import atomic

_RIGHT, _WRONG = "tab:green", "tab:red"


def real_runs(
    likelihood_same: np.ndarray, likelihood_different: np.ndarray, path: str | os.PathLike
) -> None:
    """Draws squares for same and circles for different pairs, red where the answer is wrong.

    Args:
        likelihood_same: float [runs, classes] in [0, 1].
        likelihood_different: likewise.
        path: of the PNG; an existing file is replaced.

    Raises:
        UserError: the picture can't be written.
    """
    same, different = np.asarray(likelihood_same), np.asarray(likelihood_different)
    order = np.argsort(-same.mean(axis=0), kind="stable")
    place = np.broadcast_to(np.arange(same.shape[1]), same.shape)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for values, right, marker in ((same, same > 0.5, "s"), (different, different <= 0.5, "o")):
        color = np.where(right[:, order], _RIGHT, _WRONG)
        style = {"marker": marker, "s": 18, "facecolors": "none", "linewidths": 0.8}
        axes.scatter(
            place.ravel(), 100 * values[:, order].ravel(), edgecolors=color.ravel(), **style
        )
    axes.axhline(50, color="black", linewidth=0.8)
    axes.set(
        xlim=(-1, same.shape[1]),
        ylim=(-3, 103),
        xlabel="class, by its mean likelihood of same pairs",
        ylabel="likelihood of re-use (%)",
        title=f"{len(same)} runs: squares are same pairs, circles different ones; red is wrong",
    )
    picture = io.BytesIO()
    figure.savefig(picture, dpi=100, format="png")
    with atomic.writing(path, "wb") as file:
        file.write(picture.getvalue())
