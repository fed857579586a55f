"""Documents in, ranked pairs of regions out: what `imgforensics.screen` is."""

import os
import pathlib
from collections.abc import Sequence

import cv2

from imgforensics import pretrained
from imgforensics.engines import engines
from imgforensics.inference import weights as weights_file
from imgforensics.inference.weights import Model
from imgforensics.library import intake
from imgforensics.library import store as stores
from imgforensics.screening import pipeline, table
from imgforensics.screening.manifest import Parameters
from imgforensics.screening.pipeline import Screening
from imgforensics.training import trained
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration
from imgforensics.verification.calibration import Calibration

ROWS = "rows.csv"


def screen(
    paths: Sequence[str | os.PathLike],
    case: str | os.PathLike,
    library: str | os.PathLike | None = None,
    scope: str = "all",
    candidates: int = 100,
    top: int = 200,
    weights: str | os.PathLike | None = None,
    library_since: str | None = None,
    library_kind: str | None = None,
    engine: str = "local",
) -> Screening:
    """Screens documents for images that are used more than once.

    What is found out stays in the folder of the case, with rows.csv and manifest.json; the same
    call goes on where it was stopped, and reads only what is new.

    Args:
        paths: files (PDF, DOCX, PPTX, ZIP, images) and folders of such.
        case: folder; made if missing.
        library: of earlier figures, to be compared with, too: a folder, or
            postgresql://HOST/DATABASE.
        scope: "within" each document, "across" documents, or "all".
        candidates: how many of the nearest of each panel are looked at.
        top: how many rows, at most.
        weights: a file of weights or a run's folder, with its calibration; by default those that
            come with the package.
        library_since: only documents that came into the library on this day (ISO 8601) or later.
        library_kind: only the library's "micrograph" or "blot" panels.
        engine: "local"; or "ray" or ray://HOST:PORT, for a cluster. The rows are the same.

    Returns:
        The rows, the best first, and a manifest of what they are made of and what was not read.

    Raises:
        UserError: there is no document, or something can't be read or written, such as a library
            that is by other weights.
    """
    cv2.setNumThreads(1)  # threads have pictures of their own
    names = [os.fspath(path) for path in paths]
    listed = intake.listed(names)
    if not listed.paths:
        raise UserError(f"there is no document in {', '.join(names)}: name files or folders")
    library = None if library is None else os.fspath(library)
    parameters = Parameters(scope, candidates, top, library, library_since, library_kind)
    with engines.opened(engine) as opened, stores.writing(case) as store:
        model, calibrated = _judges(weights)
        rows, made = pipeline.screen(store, listed, parameters, model, calibrated, opened)
    shown = rows[:top]
    table.write(shown, pathlib.Path(case, ROWS))
    return Screening(shown, made)


def _judges(weights: str | os.PathLike | None) -> tuple[Model, Calibration]:
    """A model and its calibration."""
    path = pathlib.Path(pretrained.path() if weights is None else weights)
    model = trained.read(path)
    return model, calibration.load(calibration.beside(path), weights_file.fingerprint(model))
