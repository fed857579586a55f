"""Times a screening, and what it searches, on this machine.

    python -m experiments.screening_times --folder=MICROGRAPHS --work=DIR --out=results/times.json

Manuscripts are composed of micrographs: 10 figures, 300 figures, and 10 figures against a library
of a million panels, of which none is near, so that none is looked at closely. --only=document,index
times some of the parts document, documents, index and library, the last of which follows on
document. The record is written after each part and keeps the others that it has, so that what was
stopped goes on with the rest by --only and the same --work. It takes a quarter of an hour on two
cores that do nothing else, and 4 GB of disk.
"""

import pathlib

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WORK = flags.DEFINE_string("work", None, "Folder for documents and cases.", required=True)
_ONLY = flags.DEFINE_list("only", [], "Parts to time; all, if none is named.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"timing, to {_OUT.value}", flush=True)
    outputs.check_file(_OUT.value)
    work = outputs.check_folder(_WORK.value)
    import numpy as np

    from experiments.tables import table_times
    from experiments.times import measure
    from imgforensics import pretrained
    from imgforensics.data import sources
    from imgforensics.evaluation import results
    from imgforensics.inference import weights
    from imgforensics.reports import tables

    config = weights.load(pretrained.path()).config
    micrographs = sources.load(sources.replaced(config.data, "folder", _FOLDER.value))
    chosen = np.random.default_rng(0).permutation(len(micrographs))[: measure.IMAGES]
    images = np.asarray(micrographs.images[chosen])
    path = pathlib.Path(_OUT.value)
    found = results.read(path)["screening_times"] if path.exists() else {"parts": {}}
    for part in _ONLY.value or measure.PARTS:
        found["parts"][part] = measure.measured(work, images, part)
        if part == "documents":
            found["false_rows"] = measure.false_rows(work)
        found["cores"] = results.cost(0)["cores"]
        record = {"screening_times": found, "versions": results.versions()}
        results.write(record, path)
        print(tables.plain(table_times.rows([record])), flush=True)
    print(f"written to {path}")


if __name__ == "__main__":
    cli.run(main)
