"""Reliability: how often pairs of a likelihood are copies."""

from matplotlib.figure import Figure

from imgforensics.reports.figures import colours
from imgforensics.reports.figures.negatives import axes_of_kinds


def reliability(negatives: dict) -> Figure:
    """Draws the share of copies against the likelihood, bin by bin.

    Args:
        negatives: an evaluation's record of that name. Kinds without pairs are left out.

    Raises:
        UserError: no kind has pairs.
    """
    figure, axes, kinds = axes_of_kinds(negatives, "reliability", size=(6, 6))
    axes.plot([0, 1], [0, 1], color=colours.GRAY, linestyle=":", label="perfect calibration")
    for measured, title, color, marker in kinds:
        bins = measured["reliability"]["bins"]
        error = measured["reliability"]["expected_calibration_error"]
        axes.plot(
            bins["likelihood"], bins["share"], color=color,
            marker=marker, label=f"{title}: expected calibration error {error:.3f}",
        )  # fmt: skip
    axes.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        xlabel="likelihood of copies, mean of a bin",
        ylabel="share of copies, where copies and others are equally frequent",
        aspect="equal",
    )
    figure.legend(loc="outside upper center", frameon=False)
    return figure
