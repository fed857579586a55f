"""Finds, for each image of a folder, those that are nearest to it by f.

    python -m experiments.nearest --weights=W --folder=DIR --out=nearest.csv
    python -m experiments.nearest --weights=W --folder=DIR --queries=MINE --out=nearest.csv
    python -m experiments.nearest --embeddings=E --out=nearest.csv

W is a training run's folder or an exported weights file, and E the embeddings.npz of
`experiments.pairwise`. With --queries, the images of that folder are looked for among those of the
other, and else each image among all others. Images that can't be read are left out and named. The
CSV file has a line for each query and rank: query, rank, image, f and the likelihood of a copy; at
most 1 of f means a copy. An existing file is replaced. The search is exact, and its memory grows
with the number of images (of 100 000, some 200 MB), not with that of pairs.
"""

import os

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.")
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest"], "Checkpoint of a workdir.")
_FOLDER = flags.DEFINE_string("folder", None, "Images among which to search.")
_QUERIES = flags.DEFINE_string("queries", None, "Images to look for; those of --folder by default.")
_EMBEDDINGS = flags.DEFINE_string("embeddings", None, "What pairwise left, instead of a folder.")
_K = flags.DEFINE_integer("k", 10, "How many to list for each image.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"searching {_FOLDER.value or _EMBEDDINGS.value}", flush=True)
    if bool(_FOLDER.value and _WEIGHTS.value) == bool(_EMBEDDINGS.value):
        raise UserError("give either --weights and --folder, or --embeddings")
    if _QUERIES.value and _EMBEDDINGS.value:
        raise UserError("--queries are embedded by --weights: give --folder, not --embeddings")
    if os.path.isdir(_OUT.value):
        raise UserError(f"--out={_OUT.value} is a folder: name a CSV file to write")
    from imgforensics.data import summary
    from imgforensics.evaluation import collection, neighbours
    from imgforensics.training import trained
    from imgforensics.utils import compilation

    compilation.use_cache()
    queries = None
    if _EMBEDDINGS.value:
        images = collection.load(_EMBEDDINGS.value)
    else:
        model = trained.read(_WEIGHTS.value, _WHICH.value)
        if _QUERIES.value:
            queries = collection.read(model, {}, _QUERIES.value, "none", fewest=1)
            print(summary.describe(queries.summary), flush=True)
        fewest = 1 if _QUERIES.value else 2
        images = collection.read(model, {}, _FOLDER.value, "none", fewest)
    print(summary.describe(images.summary), flush=True)
    found = neighbours.find(images, _K.value, queries)
    neighbours.write(images, queries or images, found, _OUT.value)
    f, _ = found
    print(f"{(f[:, 0] <= 1).sum()} of {len(f)} images have a copy by f <= 1; all in {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
