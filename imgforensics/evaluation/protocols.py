"""All protocols of one model, from the reading of images to the numbers of Table 1."""

import contextlib
import os
import tempfile

import ml_collections

from imgforensics.data import real_cases, sources, splits
from imgforensics.evaluation import real, synthetic
from imgforensics.weights import Model


def measure(
    model: Model,
    data: ml_collections.ConfigDict,
    cases_folder: str | os.PathLike | None = None,
    moments: str = "running",
    scoring: str = "v01",
) -> dict:
    """Judges a model on validation, synthetic test and real cases.

    Args:
        model: what is judged.
        data: of the micrographs, as `config.data`; they are split by its rule, and the training
            split is not used.
        cases_folder: classes of re-used images; None for the embedded ones.
        moments: 'running' or 'batch', what normalises the real cases.
        scoring: 'v01' or 'v02', see `embed.SCORING`; batch moments are the same for both.

    Returns:
        `data`, `scoring`, `validation`, `test` and `real`, in plain values.

    Raises:
        UserError: images are missing, too few or too small.
    """
    cases = _cases(cases_folder, model.config.manipulations.output_size)
    micrographs = sources.load(data)
    split = splits.split(micrographs, data.split, data.split_seed)
    validation = synthetic.validation(model, micrographs, split.validation, scoring)
    test = synthetic.test(model, micrographs, split.test, scoring)
    if moments == "running":
        score = real.running_scorer(model, cases.images, scoring)
    else:
        score = real.batch_scorer(model, cases.images)
    runs = real.protocol(
        score, cases.labels, model.config.evaluation.real_runs, model.config.seed
    )
    about = {"moments": moments, "folder": cases_folder and str(cases_folder)}
    return {
        "data": data.to_dict() | {"read": micrographs.summary},
        "scoring": scoring,
        "validation": validation,
        "test": test,
        "real": runs | about | {"cases": cases.summary},
    }


def _cases(folder, side):
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            real_cases.write(folder)
        return real_cases.read_cases(folder, side)
