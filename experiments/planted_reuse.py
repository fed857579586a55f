"""Plants copies in manuscripts, screens these, and counts what is found.

    python -m experiments.planted_reuse --folder=MICROGRAPHS --work=DIR --out=results/planted.json

The images are of the test split and of the held-out classes of the weights, which training has not
seen. 320 copies are planted in 64 PDF documents: by one manipulation, by several of section 3.3,
and by composite edits; a fifth of them in another document than the original. Beside the screening
all pairs of panels of a document are ranked by a perceptual hash and by the inliers of SIFT
keypoints. It takes a quarter of an hour on two cores, and needs `make baselines` for the hash.
Documents and cases stay in DIR, so that it goes on where it was stopped.
"""

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WORK = flags.DEFINE_string("work", None, "Folder for documents and cases.", required=True)
_SEED = flags.DEFINE_integer("seed", 0, "Of all draws.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"planting copies of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    work = outputs.check_folder(_WORK.value)
    import numpy as np

    from experiments.planted import run
    from experiments.tables import table_planted
    from experiments.unseen import split
    from imgforensics import pretrained
    from imgforensics.evaluation import results
    from imgforensics.reports import tables

    micrographs, found = split.read(_FOLDER.value, pretrained.load_pretrained())
    unseen = np.concatenate([found.test, found.held_out])
    truth = run.plant(work / "manuscripts", micrographs, unseen, _SEED.value)
    record = run.judged(work / "manuscripts", truth)
    results.write(record, _OUT.value)
    print(tables.plain(table_planted.rows([record])))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
