"""Measures a trained model by the paper's protocols and by what decides in screening.

    imgforensics evaluate --weights=RUN --out=DIR/evaluation.json
    imgforensics evaluate --source=folder --folder=FOLDER --out=DIR/evaluation.json
    imgforensics evaluate --protocols=real,nearest --out=DIR/evaluation.json

The micrographs are those that the weights were trained on, of which the validation and test splits
are used; --source and --folder name others, or another place of the same, which are split by the
same rule. --real names a folder of classes of re-used images in place of the embedded ones.
Protocols on micrographs: validation and test (the paper's); negatives (all pairs of
the test split, with negatives drawn at random, from one class and from one source image); retrieval
(of copies among those of the test split and of --distractors). On cases: real (the paper's; drawn
beside the record as real_runs.png and .svg, Figure 3), nearest (among one image of every class) and
pairwise (all pairs).
"""

import pathlib

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils.errors import UserError

_MODEL = shared.define_model()
_SOURCE = flags.DEFINE_string("source", None, "Source of other micrographs than the run's.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of other micrographs than the run's.")
_REAL = flags.DEFINE_string("real", None, "Folder of classes; by default the embedded cases.")
_MOMENTS = flags.DEFINE_enum(
    "moments", "running", ["running", "batch"], "What normalises the real cases."
)
_SCORING = flags.DEFINE_enum(
    "scoring", "v01", ["v01", "v02"], "Branches of a pair: 0 and 1, or also averaged with 0 and 2."
)
_PROTOCOLS = flags.DEFINE_list("protocols", None, "Some of them; by default all.")
_SPLIT = flags.DEFINE_enum(
    "split", "test", ["test", "held_out"], "Micrographs to judge on: held_out has other classes."
)
_RANGES = flags.DEFINE_enum(
    "ranges", None, ["v01", "v02", "wide", "reuse"], "Of the manipulations; by default the run's."
)
_DISTRACTORS = flags.DEFINE_string("distractors", None, "Folder of micrographs for retrieval.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"evaluating {_MODEL.name}", flush=True)
    from imgforensics.data import sources
    from imgforensics.evaluation import protocols, results
    from imgforensics.reports.figures import saving
    from imgforensics.reports.figures.real_runs import real_runs
    from imgforensics.utils import compilation

    which = _PROTOCOLS.value or protocols.ALL
    for name in which:
        if name not in protocols.ALL:
            raise UserError(f"there is no protocol {name!r}: choose of {', '.join(protocols.ALL)}")
    compilation.use_cache()
    model = _MODEL.read()
    data = sources.replaced(model.config.data, _SOURCE.value, _FOLDER.value)
    measured = protocols.measure(
        model,
        data,
        cases_folder=_REAL.value,
        moments=_MOMENTS.value,
        scoring=_SCORING.value,
        which=which,
        distractors=_DISTRACTORS.value,
        part=_SPLIT.value,
        named_ranges=_RANGES.value,
    )
    record = _MODEL.record(model, **measured)
    results.write(record, _OUT.value)
    print(results.describe(record))
    print(f"written to {_OUT.value}")
    if real := measured.get("real"):
        picture = pathlib.Path(_OUT.value).with_name("real_runs")
        saving.save(real_runs(real["likelihood_same"], real["likelihood_different"]), picture)
        print(f"drawn to {picture}.png and {picture}.svg")
