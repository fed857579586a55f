"""Plants copies in manuscripts, screens these, and counts what is found."""

import pathlib

import numpy as np

from experiments.planted import copies, judge, manuscripts, systems
from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import results
from imgforensics.main import run as command
from imgforensics.manipulations.crop import central_crop
from imgforensics.testsets import pair_sets

DOCUMENTS = 64
_TITLES = {
    "within": "`imgforensics screen`",
    "all": "the same, across documents too",
}


def plant(
    folder: pathlib.Path, micrographs: Micrographs, indices: np.ndarray, seed: int
) -> manuscripts.Truth:
    """Writes the manuscripts, unless they are there.

    Args:
        folder: where to.
        micrographs: where images come from.
        indices: int [n], those that may be shown; each is shown once, and `copies.COUNT` of them
            are planted, too.
        seed: of all draws.
    """
    try:
        return manuscripts.read(folder)
    except FileNotFoundError:
        pass
    order = np.random.default_rng(seed).permutation(indices)
    planted, others = np.split(order, [copies.COUNT])
    made = copies.make(np.asarray(micrographs.images[planted]), seed)
    shown = [pair_sets.to_uint8(np.asarray(central_crop(micrographs.images[number], 128)))
             for number in others]  # fmt: skip
    return manuscripts.write(folder, made, np.stack(shown), DOCUMENTS, seed)


def judged(folder: pathlib.Path, truth: manuscripts.Truth) -> dict:
    """Screens the manuscripts and judges all systems, as a record.

    Args:
        folder: of the manuscripts.
        truth: what is planted in them.
    """
    found = {}
    case = folder.parent / "case"
    for scope, title in _TITLES.items():
        command("screen", [str(folder), f"--case={case}", f"--scope={scope}", "--top=100000"])
        found[title] = judge.judged(systems.ours(case), _of(truth, scope))
    within = _of(truth, "within")
    found["the same panels by SIFT with MAGSAC"] = judge.judged(systems.sift(case), within)
    found["the same panels by a perceptual hash"] = judge.judged(systems.phash(case), within)
    return {
        "planted": {
            "documents": DOCUMENTS,
            "figures": truth.figures,
            "panels": truth.panels,
            "false_rows_per_1000_figures": judge.MAX_FALSE,
            "systems": found,
        },
        "versions": results.versions(),
    }


def _of(truth: manuscripts.Truth, scope: str) -> manuscripts.Truth:
    """Without plants across documents, where these are not compared."""
    if scope == "all":
        return truth
    plants = [each for each in truth.plants if each.original.document == each.copy.document]
    return truth._replace(plants=plants)
