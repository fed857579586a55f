"""How the shares of copies that several systems find fall, the stronger a manipulation is."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from imgforensics.evaluation import single, strengths
from imgforensics.figures import colours, robustness

# Two that have a colour in common differ in line and marker.
_COLOURS = (
    colours.BLUE, colours.RED, colours.GREEN, colours.ORANGE, colours.PURPLE, colours.GRAY
)  # fmt: skip
_STYLES = (("-", "o"), ("--", "s"), (":", "^"))


def alternatives(found: Mapping[str, Mapping[str, Sequence[Mapping]]]) -> Figure:
    """Draws a panel for each manipulation, with a curve for each system.

    Args:
        found: of systems by their titles what `single.shares` gives. A system without shares has no
            curve.
    """
    names = [name for name in strengths.MANIPULATIONS if any(name in of for of in found.values())]
    figure, panels = robustness.grid(len(names), "share of copies found")
    handles = {}
    for panel, name in zip(panels, names):
        about = strengths.MANIPULATIONS[name]
        for number, (title, shares) in enumerate(found.items()):
            style, marker = _STYLES[number // len(_COLOURS) % len(_STYLES)]
            if len(about.strengths) <= robustness.FEW:
                style = "none"
            [curve] = panel.plot(
                [point["strength"] for point in shares[name]],
                [point["share"] for point in shares[name]],
                color=_COLOURS[number % len(_COLOURS)], linestyle=style, marker=marker,
                markersize=3.5, alpha=0.85, label=title,
            )  # fmt: skip
            handles.setdefault(title, curve)  # of the first panel, whose curves have lines
        robustness.lay_out(panel, name, about.unit, about.strengths, about.logarithmic)
    figure.legend(
        handles=list(handles.values()), loc="outside upper center", ncols=5, frameon=False,
        title=f"copies found at a false-positive rate of {single.RATE:.0%}",
    )  # fmt: skip
    return figure
