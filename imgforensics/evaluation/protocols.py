"""All protocols of one model, from the reading of images to the numbers of a record."""

import contextlib
import os
from collections.abc import Collection

import ml_collections

from imgforensics.data import folder, real_cases, sources, splits
from imgforensics.evaluation import collection, crossed, real, retrieval, synthetic
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.utils import temporary
from imgforensics.utils.errors import UserError

SYNTHETIC = ("validation", "test", "negatives", "retrieval")  # on micrographs
REAL = ("real", "nearest", "pairwise")  # on cases of re-used images
ALL = SYNTHETIC + REAL


def measure(
    model: Model,
    data: ml_collections.ConfigDict,
    *,
    cases_folder: str | os.PathLike | None = None,
    moments: str = "running",
    scoring: str = "v01",
    which: Collection[str] = ALL,
    distractors: str | os.PathLike | None = None,
    part: str = "test",
    named_ranges: str | None = None,
) -> dict:
    """Judges a model by the protocols that are asked for.

    Args:
        model: what is judged.
        data: of the micrographs, as `config.data`; they are split by its rule, and the training
            split is not used.
        cases_folder: classes of re-used images; None for the embedded ones.
        moments: 'running' or 'batch', what normalises the cases of `real`.
        scoring: 'v01' or 'v02', see `embed.SCORING`; batch moments are the same for both.
        which: some of `ALL`.
        distractors: folder of micrographs among which `retrieval` looks, besides those of the test.
        part: 'test' or 'held_out', the classes that the run never saw, which then stand for the
            test.
        named_ranges: of the manipulations, one of `ranges.NAMED`; None for those of the run.

    Returns:
        `scoring`, `part` and `ranges` as given, `data` if there is a synthetic protocol, and the
        record of each protocol, in plain values.

    Raises:
        UserError: images are missing, too few or too small.
    """
    record = {"scoring": scoring, "part": part, "ranges": named_ranges}
    model = model._replace(config=with_ranges(model.config, named_ranges))
    cases = None
    if not set(which).isdisjoint(REAL):  # read first, so that what is wrong is told early
        cases = _cases(cases_folder, model.config.manipulations.output_size)
    if not set(which).isdisjoint(SYNTHETIC):
        hidden_among = None if distractors is None else folder.read(distractors)
        micrographs = sources.load(data)
        record["data"] = data.to_dict() | {"read": micrographs.summary}
        split = splits.of(micrographs, data, trained=True)
        judged_on = getattr(split, part)
        if not len(judged_on):
            raise UserError(f"the split {part!r} has no image: config.data.held_out names classes")
        split = split._replace(test=judged_on)
        record |= _synthetic(
            model, micrographs, split=split, scoring=scoring, which=which, hidden_among=hidden_among
        )
    if cases is not None:
        about = {"folder": cases_folder and str(cases_folder), "cases": cases.summary}
        for name, measured in _real(
            model, cases, moments=moments, scoring=scoring, which=which
        ).items():
            record[name] = measured | about
    return record


def with_ranges(config: ml_collections.ConfigDict, name: str | None) -> ml_collections.ConfigDict:
    """A run's config with other manipulations, one of `ranges.NAMED`; None leaves it as it is."""
    if name is None:
        return config
    changed = config.copy_and_resolve_references()
    changed.manipulations = ranges.NAMED[name]()
    changed.manipulations.output_size = config.manipulations.output_size
    return changed


def _synthetic(model, micrographs, split, scoring, which, hidden_among):
    record = {}
    if "validation" in which:
        record["validation"] = synthetic.validation(model, micrographs, split.validation, scoring)
    if "test" in which:
        record["test"] = synthetic.test(model, micrographs, split.test, scoring)
    if "negatives" in which or "retrieval" in which:
        embedded = crossed.embed_split(model, micrographs, split.test, scoring)
    if "negatives" in which:
        record["negatives"] = crossed.protocol(model.metric, embedded)
    if "retrieval" in which:
        others, about = None, None
        if hidden_among is not None:
            others = crossed.embed_distractors(model, hidden_among, scoring)
            about = hidden_among.summary
        found = retrieval.protocol(model.metric, embedded, others)
        record["retrieval"] = found | {"hidden_among": about}
    return record


def _real(model, cases, moments, scoring, which):
    record, config = {}, model.config
    draws = config.evaluation.real_runs, config.seed
    embeddings = real.embed_cases(model, cases.images, scoring)
    if "real" in which:
        score = real.running_scorer(model, *embeddings)
        if moments == "batch":
            score = real.batch_scorer(model, cases.images)
        record["real"] = real.protocol(score, cases.labels, *draws) | {"moments": moments}
    if "nearest" in which:
        record["nearest"] = retrieval.nearest(model.metric, *embeddings, cases.labels, *draws)
    if "pairwise" in which:
        record["pairwise"], _ = collection.protocol(model.metric, embeddings[0], cases.labels)
    return record


def _cases(path, side):
    with contextlib.ExitStack() as stack:
        if path is None:
            path = stack.enter_context(temporary.folder())
            real_cases.write(path)
        return real_cases.read_cases(path, side)
