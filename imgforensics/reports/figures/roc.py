"""The ROC curve for each kind of negative pairs, with what it leaves in screening."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from imgforensics.reports.figures import colours
from imgforensics.reports.figures.negatives import axes_of_kinds


def roc(negatives: dict) -> Figure:
    """Draws true- against false-positive rates, these on a logarithmic axis.

    Args:
        negatives: an evaluation's record of that name. Kinds without pairs are left out.

    Raises:
        UserError: no kind has pairs.
    """
    figure, axes, kinds = axes_of_kinds(negatives, "ROC curve", size=(7.5, 5.6))
    lowest = 0.5 / max(kind.measured["negatives"] for kind in kinds)
    for measured, title, color, marker in kinds:
        curve, band = measured["curve"], measured["band"]
        false = np.array(curve["false_positives"]) / measured["negatives"]
        true = np.array(curve["true_positives"]) / measured["positives"]
        low, high = measured["auc_interval"]
        label = f"{title}: AUC {measured['auc']:.3f} [{low:.3f}, {high:.3f}]"
        # Between two exact points both rates are at least those of the lower one.
        axes.plot(np.maximum(false, lowest), true, drawstyle="steps-post", color=color, label=label)
        axes.fill_between(
            band["false_positive_rate"], band["low"], band["high"], color=color, alpha=0.2,
            linewidth=0,
        )  # fmt: skip
        at_one = measured["operating_points"][0]
        axes.plot(
            max(at_one["false_positive_rate"], lowest), at_one["true_positive_rate"],
            marker=marker, color=color, markersize=8, linestyle="none",
        )  # fmt: skip
    chance = np.geomspace(lowest, 1)
    axes.plot(chance, chance, color=colours.GRAY, linestyle=":", label="chance")
    handles, labels = axes.get_legend_handles_labels()
    handles.append(Line2D([], [], linestyle="none", marker="o", color=colours.GRAY))
    axes.set(
        xscale="log",
        xlim=(lowest, 1.1),
        ylim=(-0.03, 1.03),
        xlabel="false-positive rate",
        ylabel="true-positive rate",
    )
    figure.legend(handles, [*labels, "f ≤ 1"], loc="outside upper center", ncols=1, frameon=False)
    return figure
