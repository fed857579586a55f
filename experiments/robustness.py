"""Measures how well copies are found, the stronger a single manipulation is, and draws it.

    python -m experiments.robustness --weights=W --out=DIR/robustness.json
    python -m experiments.robustness --weights=W --out=DIR/robustness.json \
        --source=folder --folder=FOLDER --split=all

W is a training run's folder or an exported weights file. The images are those of the run's test
split. --source and --folder name others, of which by default the test split is used, too: the same
folder at another place gives the same images. --split=all takes all of them, and is for images that
the run was not trained on. --images=N takes N of them at random, for speed; --manipulations names
some of those in imgforensics/testsets/strengths.py, which also says what their strengths are.

Beside the record go two tables, robustness.md and robustness.csv, and the figure, robustness.png
and robustness.svg.
"""

import pathlib

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_SOURCE = flags.DEFINE_string("source", None, "Source of other micrographs than the run's.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of other micrographs than the run's.")
_SPLIT = flags.DEFINE_enum("split", "test", ["test", "all"], "Which of the micrographs.")
_IMAGES = flags.DEFINE_integer("images", None, "How many of them; by default all.", lower_bound=2)
_MANIPULATIONS = flags.DEFINE_list("manipulations", None, "Some of them; by default all.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(_):
    print(f"measuring the robustness of {_WEIGHTS.value}", flush=True)
    import numpy as np

    from imgforensics.data import sources, splits
    from imgforensics.evaluation import results, robustness
    from imgforensics.inference import weights
    from imgforensics.reports import table_robustness
    from imgforensics.reports.figures import saving
    from imgforensics.reports.figures.robustness import robustness as curves
    from imgforensics.utils import compilation

    out = pathlib.Path(_OUT.value)
    if out.suffix != ".json":
        raise UserError(f"--out={out} is no .json file: tables and figure are named after it")
    compilation.use_cache()
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    robustness.check(model, _MANIPULATIONS.value)
    data = sources.replaced(model.config.data, _SOURCE.value, _FOLDER.value)
    micrographs = sources.load(data)
    indices = np.arange(len(micrographs))
    if _SPLIT.value == "test":
        indices = splits.of(micrographs, data, trained=True).test
    if _IMAGES.value:
        indices = np.sort(np.random.RandomState(0).permutation(indices)[: _IMAGES.value])
    record = results.record(
        model, _WEIGHTS.value, _WHICH.value if pathlib.Path(_WEIGHTS.value).is_dir() else None,
        data=data.to_dict() | {"read": micrographs.summary}, split=_SPLIT.value,
        robustness=robustness.measure(model, micrographs, indices, _MANIPULATIONS.value),
    )  # fmt: skip
    results.write(record, out)
    table_robustness.write(record, out.with_suffix(""))
    saving.save(curves(record["robustness"]), out.with_suffix(""))
    print(table_robustness.plain(record))
    print(f"written to {out} and, beside it, .md, .csv, .png and .svg")


if __name__ == "__main__":
    cli.run(main)
