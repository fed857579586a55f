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

--normalize and --crops find more copies among many images that are alike. They put the 100 nearest
by f of each in order by a score, which the file has besides: --normalize divides f by how near the
neighbours of both images are, --crops joins f with the smallest f of any crops of the images, which
takes six times as long to embed.
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
_ORDER = shared.define_order()
_OUT = flags.DEFINE_string("out", None, "CSV file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    given = _FOLDER.value or _EMBEDDINGS.value
    print(f"searching {printable(given)}", flush=True)
    if not given or (_FOLDER.value and _EMBEDDINGS.value):
        raise UserError("give either --folder or --embeddings")
    if _EMBEDDINGS.value and (_QUERIES.value or _MODEL.weights.value):
        raise UserError("--embeddings have their weights already: give --folder instead")
    outputs.check_file(_OUT.value)
    from imgforensics.data import summary
    from imgforensics.evaluation import collection, neighbours, reranking
    from imgforensics.utils import compilation

    compilation.use_cache()
    queries, by = None, _ORDER.read()
    if _EMBEDDINGS.value:
        images = collection.load(given)
    else:
        model = _MODEL.read()
        if _QUERIES.value:
            queries = collection.read(model, {}, _QUERIES.value, "none", 1, _ORDER.crops.value)
            print(summary.describe(queries.summary), flush=True)
        fewest = 1 if _QUERIES.value else 2
        images = collection.read(model, {}, given, "none", fewest, _ORDER.crops.value)
    print(summary.describe(images.summary), flush=True)
    scores = None
    if by:
        reranking.check(images, by)
        scores, found = reranking.find(images, _K.value, by, queries)
    else:
        found = neighbours.find(images, _K.value, queries)
    neighbours.write(images, queries or images, found, _OUT.value, scores)
    f, _ = found
    copies = (f.min(axis=1) <= 1).sum()
    print(f"{copies} of {len(f)} images have a copy by f <= 1; all in {_OUT.value}")
