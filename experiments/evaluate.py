"""Measures a trained model by the paper's protocols: validation, synthetic test and real cases.

    python -m experiments.evaluate --weights=W --out=DIR/evaluation.json

W is a training run's folder or an exported weights file. The micrographs are those that the run was
trained on, of which the validation and test splits are used; --source and --folder name others,
which are split by the same rule. --real names a folder of classes of re-used images in place of the
embedded ones. Beside the JSON record real_runs.png is drawn, as Figure 3 of the paper.
"""

import pathlib

from absl import flags

from imgforensics import cli
from imgforensics.errors import UserError

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest"], "Checkpoint of a workdir.")
_SOURCE = flags.DEFINE_string("source", None, "Source of other micrographs than the run's.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of other micrographs than the run's.")
_REAL = flags.DEFINE_string("real", None, "Folder of classes; by default the embedded cases.")
_MOMENTS = flags.DEFINE_enum(
    "moments", "running", ["running", "batch"], "What normalises the real cases."
)
_SCORING = flags.DEFINE_enum(
    "scoring", "v01", ["v01", "v02"], "Branches of a pair: 0 and 1, or also averaged with 0 and 2."
)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"evaluating {_WEIGHTS.value}", flush=True)
    from imgforensics import compilation, weights
    from imgforensics.evaluation import protocols, results
    from imgforensics.figures.real_runs import real_runs

    compilation.use_cache()
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    measured = protocols.measure(
        model, _data(model.config), _REAL.value, _MOMENTS.value, _SCORING.value
    )
    which = _WHICH.value if pathlib.Path(_WEIGHTS.value).is_dir() else None
    record = results.record(model, _WEIGHTS.value, which, **measured)
    results.write(record, _OUT.value)
    picture = pathlib.Path(_OUT.value).with_name("real_runs.png")
    real = measured["real"]
    real_runs(real["likelihood_same"], real["likelihood_different"], picture)
    print(results.describe(record))
    print(f"written to {_OUT.value} and {picture}")


def _data(config):
    """The run's own data fields, with what the flags replace."""
    data = config.data.copy_and_resolve_references()
    data.source, data.folder = _SOURCE.value or data.source, _FOLDER.value or data.folder
    if _FOLDER.value and data.source == "procedural":
        raise UserError("--folder needs --source: procedural micrographs are not read from one")
    return data


if __name__ == "__main__":
    cli.run(main)
