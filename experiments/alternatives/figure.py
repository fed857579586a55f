"""How the shares of copies that several systems find fall, the stronger a manipulation is."""

import os
import pathlib
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from experiments.tables import table_baselines
from imgforensics.reports.figures import colours, robustness, saving
from imgforensics.testsets import single, strengths

# Two that have a colour in common differ in line and marker.
_COLOURS = (
    colours.BLUE, colours.RED, colours.GREEN, colours.ORANGE, colours.PURPLE, colours.GRAY
)  # fmt: skip
_STYLES = (("-", "o"), ("--", "s"), (":", "^"))


def alternatives(found: Mapping[str, Mapping[str, Sequence[Mapping]]]) -> Figure:
    """Draws a panel for each manipulation, with a curve for each system.

    Args:
        found: of systems by their titles what `shares.shares` gives, of all manipulations.
    """
    figure, panels = robustness.grid(len(strengths.MANIPULATIONS), "share of copies found")
    handles = {}
    for panel, (name, about) in zip(panels, strengths.MANIPULATIONS.items()):
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
        robustness.lay_out(
            panel,
            name=name,
            unit=about.unit,
            strengths=about.strengths,
            logarithmic=about.logarithmic,
        )
    figure.legend(
        handles=list(handles.values()), loc="outside upper center", ncols=5, frameon=False,
        title=f"copies found at a false-positive rate of {single.RATE:.0%}",
    )  # fmt: skip
    return figure


def save(record: dict, path: str | os.PathLike) -> list[pathlib.Path]:
    """Draws each set of single manipulations of a record beside it, as PNG and SVG.

    Args:
        record: what experiments.baselines wrote.
        path: of the record.

    Returns:
        The pictures' paths, without an ending; none where there are no such sets.

    Raises:
        UserError: a picture can't be written.
    """
    drawn = []
    for name in table_baselines.singles(record):
        drawn.append(pathlib.Path(path).with_name(f"{pathlib.Path(path).stem}_{name}"))
        saving.save(alternatives(table_baselines.shares(record, name)), drawn[-1])
    return drawn
