"""The weights of the forensic metric (alpha in the paper's equation 1), sorted."""

import jax
import numpy as np
from matplotlib.figure import Figure

from imgforensics.reports.figures import colours


def alpha(values: np.ndarray | jax.Array) -> Figure:
    """Draws a bar for each feature of the embedding.

    Args:
        values: float [D], alpha; a negative one makes f smaller, the more two images differ.
    """
    values = np.sort(np.asarray(values))[::-1]
    negative = values < 0
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(values))
    for chosen, color, name in (
        (~negative, colours.BLUE, "positive or 0"), (negative, colours.RED, "negative"),
    ):  # fmt: skip
        if chosen.any():
            label = f"{chosen.sum()} {name}, sum {values[chosen].sum():.3g}"
            axes.bar(place[chosen], values[chosen], width=0.8, color=color, label=label)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(
        xlim=(-1, len(values)), xlabel="feature of the embedding, by its weight", ylabel="alpha"
    )
    axes.grid(axis="y", alpha=0.25)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure
