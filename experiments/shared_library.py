r"""Measures a library in PostgreSQL: what its index finds, how quickly, and how much room it takes.

    python -m experiments.shared_library --library=postgresql://HOST/EMPTY --folder=MICROGRAPHS \
        --size=100000 --out=results/shared_library.json

Images of the folder are added to an empty database as documents are; then embeddings are made up,
like theirs, until so many pictures are searched, and the library's neighbours are compared with
those of the exact search. The database is left as it is then.
"""

import pathlib

from absl import flags

from imgforensics.utils import cli, outputs, servers

ADDRESSES = ("library",)
_LIBRARY = flags.DEFINE_string("library", None, "Address of an empty database.", required=True)
_FOLDER = flags.DEFINE_string("folder", None, "Folder of images.", required=True)
_IMAGES = flags.DEFINE_integer("images", 400, "How many of these are added.", lower_bound=1)
_SIZE = flags.DEFINE_integer("size", 100_000, "How many pictures are searched.", lower_bound=1)
_QUERIES = flags.DEFINE_integer("queries", 500, "How many are searched for.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of what is made up.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    servers.check(_LIBRARY.value)
    outputs.check_file(_OUT.value)
    print(f"filling {_LIBRARY.value} from {_FOLDER.value}", flush=True)
    import numpy as np

    from experiments.shared import measure
    from experiments.tables import table_shared
    from imgforensics import pretrained
    from imgforensics.evaluation import results
    from imgforensics.library import intake

    paths = sorted(intake.listed([pathlib.Path(_FOLDER.value)]).paths)
    chosen = np.random.default_rng(_SEED.value).permutation(len(paths))[: _IMAGES.value]
    record = measure.measure(
        _LIBRARY.value, [paths[number] for number in sorted(chosen)],
        pretrained.load_pretrained(), _SIZE.value, _QUERIES.value, _SEED.value,
    )  # fmt: skip
    results.write(record, _OUT.value)
    print(table_shared.markdown([record]))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
