"""Training curves, with the two moments at which the paper tells its accuracies marked."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imgforensics.reports.figures import colours

_PAPER_BATCH = 256
_PAPER = {1500: 0.96, 5000: 0.98}  # steps, and the paper's accuracy on its validation set
_PANELS = (("loss", "loss"), ("accuracy", "accuracy"))


def training(metrics: Sequence[dict], batch_size: int) -> Figure:
    """Draws loss and accuracy against the number of triplets seen.

    Args:
        metrics: of a run, as `training.writers.read` returns them; not empty.
        batch_size: triplets in a step of that run.
    """
    seen = [entry["step"] * batch_size for entry in metrics]
    best = min(metrics, key=lambda entry: entry["validation_loss"])
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(1, 2), _PANELS):
        axes.plot(
            seen, [entry[name] for entry in metrics], color=colours.ORANGE, linewidth=1,
            label="training, the batch of that step",
        )  # fmt: skip
        axes.plot(
            seen, [entry[f"validation_{name}"] for entry in metrics], color=colours.BLUE,
            marker=".", label="validation",
        )  # fmt: skip
        axes.plot(
            best["step"] * batch_size, best[f"validation_{name}"], linestyle="none", marker="*",
            markersize=13, color=colours.BLUE, label=f"best validation loss, step {best['step']}",
        )  # fmt: skip
        if name == "accuracy":
            axes.plot(
                [step * _PAPER_BATCH for step in _PAPER], list(_PAPER.values()), linestyle="none",
                marker="D", color=colours.RED, label="paper, validation on its own images",
            )  # fmt: skip
        axes.set(xscale="log", xlabel="triplets seen", ylabel=title)
        axes.grid(alpha=0.25)
        _mark(axes)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
    )
    return figure


def _mark(axes: Axes) -> None:
    """The paper's checkpoints, by the triplets that they had seen."""
    marks = [step * _PAPER_BATCH for step in _PAPER]
    for mark in marks:
        axes.axvline(mark, color=colours.RED, linewidth=0.8, linestyle="--")
    top = axes.secondary_xaxis("top")
    top.set_xticks(marks, [str(step) for step in _PAPER])
    top.set_xticks([], minor=True)
    top.tick_params(colors=colours.RED)
    top.set_xlabel(f"the paper's steps of {_PAPER_BATCH} triplets", color=colours.RED)
