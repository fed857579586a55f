"""All figures by name, from what a training run and its evaluations left on disk."""

import functools
import json
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import ml_collections
import numpy as np
import skimage.color
import skimage.data
from matplotlib.figure import Figure

from imgforensics.data import sources, splits
from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import protocols, results, robustness
from imgforensics.explore import projection as projections
from imgforensics.inference import weights
from imgforensics.reports.figures import saving
from imgforensics.reports.figures.alpha import alpha
from imgforensics.reports.figures.deformations import deformations
from imgforensics.reports.figures.pairs import pairs
from imgforensics.reports.figures.projection import projection
from imgforensics.reports.figures.real_runs import real_runs
from imgforensics.reports.figures.reliability import reliability
from imgforensics.reports.figures.robustness import robustness as robustness_curves
from imgforensics.reports.figures.roc import roc
from imgforensics.reports.figures.training import training
from imgforensics.testsets import triplet_sets
from imgforensics.training import rundir, trained, writers
from imgforensics.utils.errors import UserError

_EMBEDDINGS = 1024  # in the paper's Figure 5


class Inputs:
    """What figures are drawn from; each is read when a figure needs it, and once.

    Args:
        weights: workdir or weights file, or None.
        evaluation: record of `imgforensics evaluate`, or None.
        robustness: record of `imgforensics robustness`, or None.
        source, folder: micrographs in place of those that were evaluated, or None: the same ones,
            if they lie elsewhere now.
    """

    def __init__(
        self,
        weights: str | os.PathLike | None = None,
        evaluation: str | os.PathLike | None = None,
        robustness: str | os.PathLike | None = None,
        source: str | None = None,
        folder: str | None = None,
    ):
        run = weights if weights is not None and pathlib.Path(weights).is_dir() else None
        paths = {
            "weights": weights, "run": run, "evaluation": evaluation, "robustness": robustness,
        }  # fmt: skip
        self.paths = {name: path for name, path in paths.items() if path}
        self._replacing = source, folder
        self._micrographs = {}

    @functools.cached_property
    def model(self) -> weights.Model:
        """The best weights."""
        return trained.read(self.paths["weights"])

    def micrographs(self, data: ml_collections.ConfigDict) -> tuple[Micrographs, splits.Splits]:
        """The micrographs that `config.data` names, and their splits."""
        data = sources.replaced(data, *self._replacing)
        key = json.dumps(data.to_dict(), sort_keys=True)
        if key not in self._micrographs:
            micrographs = sources.load(data)
            self._micrographs[key] = micrographs, splits.of(micrographs, data, trained=True)
        return self._micrographs[key]

    def evaluation(self, protocol: str) -> dict:
        """A record of an evaluation that has a protocol."""
        return results.read(self.paths["evaluation"], [protocol])

    def robustness(self) -> dict:
        """What robustness was measured."""
        return robustness.read(self.paths["robustness"])["robustness"]


_FLAGS = {
    "weights": "--weights",
    "run": "a training run's folder as --weights",
    "evaluation": "--evaluation",
    "robustness": "--robustness",
}


class _Drawn(NamedTuple):
    draw: Callable[[Inputs], Figure]
    needs: str | None  # of `_FLAGS`


def choose(names: Sequence[str] | None, inputs: Inputs) -> tuple[list[str], dict[str, str]]:
    """Which figures to draw.

    Args:
        names: of `FIGURES`; None for all that there are inputs for.
        inputs: what there is.

    Returns:
        The names, and of those that are left out what they need.

    Raises:
        UserError: there is no such figure, or one that is asked for needs more inputs.
    """
    for name in names or ():
        if name not in FIGURES:
            raise UserError(f"there is no figure {name!r}: choose of {', '.join(FIGURES)}")
    wanted = FIGURES if names is None else names
    missing = {
        name: _FLAGS[needs]
        for name in wanted
        if (needs := FIGURES[name].needs) and needs not in inputs.paths
    }
    if missing and names is not None:
        name, needed = next(iter(missing.items()))
        raise UserError(f"the figure {name} needs {needed}")
    return [name for name in wanted if name not in missing], missing


def draw(name: str, inputs: Inputs, folder: str | os.PathLike) -> None:
    """Draws one of `FIGURES` into a folder, as PNG and SVG by its name.

    Raises:
        UserError: something that the figure needs is missing or can't be used, or it can't be
            written.
    """
    saving.save(FIGURES[name].draw(inputs), pathlib.Path(folder) / name)


def _deformations(inputs):
    tissue = skimage.color.rgb2gray(skimage.data.immunohistochemistry())[0:256, 160:416]
    return deformations((tissue * 255).astype("uint8"), seed=1)


def _real_runs(inputs):
    real = inputs.evaluation("real")["real"]
    return real_runs(real["likelihood_same"], real["likelihood_different"])


def _pairs(inputs):
    """The images are made again, by the config and from the micrographs that were evaluated."""
    record = inputs.evaluation("test")
    config = weights.config_from_json(json.dumps(record["config"]))
    config = protocols.with_ranges(config, record.get("ranges"))
    data = {name: value for name, value in record["data"].items() if name != "read"}
    micrographs, split = inputs.micrographs(weights.config_from_json(json.dumps(data)))
    judged_on = getattr(split, record.get("part", "test"))
    first, second, is_same = triplet_sets.test_pairs(config, micrographs.images[judged_on])
    measured = record["test"]
    if len(judged_on) != measured["split"] or is_same.tolist() != measured["is_same"]:
        raise UserError(
            f"the micrographs give {len(judged_on)} test images, and {measured['split']} were "
            "evaluated: name the same ones with --source and --folder"
        )
    return pairs(first, second, is_same, np.array(measured["likelihood"]))


def _training(inputs):
    workdir = inputs.paths["run"]
    batch_size = rundir.read(workdir).batch_size
    if not (metrics := writers.read(workdir)):
        raise UserError(f"{workdir} holds no metrics yet: train until the first validation")
    return training(metrics, batch_size)


def _projection(inputs):
    micrographs, split = inputs.micrographs(inputs.model.config.data)
    shown = projections.project(inputs.model, micrographs, split.test, _EMBEDDINGS)
    if len(shown.images) < _EMBEDDINGS:
        print(f"projection: {len(shown.images)} embeddings, as the test split has no more images")
    return projection(*shown)


FIGURES = {
    "deformations": _Drawn(_deformations, None),  # Figure 2
    "real_runs": _Drawn(_real_runs, "evaluation"),  # Figure 3
    "pairs": _Drawn(_pairs, "evaluation"),  # Figure 4
    "projection": _Drawn(_projection, "weights"),  # Figure 5
    "training": _Drawn(_training, "run"),
    "alpha": _Drawn(lambda inputs: alpha(inputs.model.metric.alpha), "weights"),
    "roc": _Drawn(lambda inputs: roc(inputs.evaluation("negatives")["negatives"]), "evaluation"),
    "reliability": _Drawn(
        lambda inputs: reliability(inputs.evaluation("negatives")["negatives"]), "evaluation"
    ),
    "robustness": _Drawn(lambda inputs: robustness_curves(inputs.robustness()), "robustness"),
}
