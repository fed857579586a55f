"""Screens folders of 48 images of which 13 are copies, and says at which ranks these are listed.

    python -m experiments.reused_images --folder=MICROGRAPHS --work=DIR --out=results/reused.json

The images are of the test split of the weights; 7 are copied by the manipulations of section 3.3
and 6 by composite edits, anew for each seed. It takes less than a minute a seed on two cores.
Folders and cases stay in DIR, so that it goes on where it was stopped.
"""

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WORK = flags.DEFINE_string("work", None, "Folder for images and cases.", required=True)
_SEEDS = flags.DEFINE_integer("seeds", 6, "How many folders.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"copying images of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    work = outputs.check_folder(_WORK.value)
    import numpy as np

    from experiments.reused import folder
    from experiments.tables import table_reused
    from experiments.unseen import split
    from imgforensics import pretrained
    from imgforensics.evaluation import results
    from imgforensics.main import run
    from imgforensics.reports import tables
    from imgforensics.screening import manifest

    micrographs, parts = split.read(_FOLDER.value, pretrained.load_pretrained())
    test = parts.test
    found = []
    for seed in range(_SEEDS.value):
        chosen = np.random.default_rng(seed).permutation(test)[: folder.IMAGES - folder.COPIES]
        place, case = work / f"images-{seed}", work / f"case-{seed}"
        reused = folder.write(place, np.asarray(micrographs.images[chosen]), seed)
        run("screen", [str(place), f"--case={case}"])
        rows = folder.table(case / "rows.csv")
        each = [
            one._asdict() | {"rank": rank} for one, rank in zip(reused, folder.ranks(rows, reused))
        ]
        found.append({
            "seed": seed, "rows": len(rows), "reused": each,
            "false_rows": folder.false_rows(rows, reused),
            "expected_false": manifest.read(case / manifest.NAME).expected_false,
        })  # fmt: skip
    record = {
        "reused": {"images": folder.IMAGES, "folders": found},
        "versions": results.versions(),
    }
    results.write(record, _OUT.value)
    print(tables.plain(table_reused.rows([record])))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
