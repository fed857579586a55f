"""Finds, for each image of a folder, those that are nearest to it by f.

    imgforensics nearest --folder=DIR --out=nearest.csv
    imgforensics nearest --folder=DIR --queries=MINE --out=nearest.csv
    imgforensics nearest --embeddings=E --out=nearest.csv

E is the embeddings.npz of `imgforensics pairwise`. With --queries, the images of that folder are
looked for among those of the other, and else each image among all others. Images that can't be read
or show nothing are left out and named. The CSV file has a line for each query and rank: query,
rank, image, f and the likelihood of a copy; f of at most 1 means a copy. An existing file is
replaced. The search is exact, and its memory grows with the number of images (of 100 000, some 200
MB), not with that of pairs.
"""

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_MODEL = shared.define_model()
_FOLDER = flags.DEFINE_string("folder", None, "Images among which to search.")
_QUERIES = flags.DEFINE_string("queries", None, "Images to look for; those of --folder by default.")
_EMBEDDINGS = flags.DEFINE_string("embeddings", None, "What pairwise left, instead of a folder.")
_K = flags.DEFINE_integer("k", 10, "How many to list for each image.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"searching {printable(_FOLDER.value or _EMBEDDINGS.value)}", flush=True)
    if bool(_FOLDER.value) == bool(_EMBEDDINGS.value):
        raise UserError("give either --folder or --embeddings")
    if _EMBEDDINGS.value and (_QUERIES.value or _MODEL.weights.value):
        raise UserError("--embeddings have their weights already: give --folder instead")
    outputs.check_file(_OUT.value)
    from imgforensics.data import summary
    from imgforensics.evaluation import collection, neighbours
    from imgforensics.utils import compilation

    compilation.use_cache()
    queries = None
    if _EMBEDDINGS.value:
        images = collection.load(_EMBEDDINGS.value)
    else:
        model = _MODEL.read()
        if _QUERIES.value:
            queries = collection.read(model, {}, _QUERIES.value, labels="none", fewest=1)
            print(summary.describe(queries.summary), flush=True)
        fewest = 1 if _QUERIES.value else 2
        images = collection.read(model, {}, _FOLDER.value, labels="none", fewest=fewest)
    print(summary.describe(images.summary), flush=True)
    found = neighbours.find(images, _K.value, queries)
    neighbours.write(images, queries or images, found, _OUT.value)
    f, _ = found
    print(f"{(f[:, 0] <= 1).sum()} of {len(f)} images have a copy by f <= 1; all in {_OUT.value}")
