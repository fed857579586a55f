"""Compares all images of a folder with each other: the closest pairs, and how f is distributed.

    imgforensics pairwise --folder=DIR --out=OUT
    imgforensics pairwise --embeddings=OUT/embeddings.npz --out=OUT

Images of other sizes than the network's input are cut to their largest central square and resized;
those that can't be read or show nothing are left out
and named. OUT gets closest.csv, the pairs with the smallest
f; pairwise.json, what is known of all pairs; and embeddings.npz, with which another look costs no
embedding. Existing files are replaced. Pairs of one label count as copies: --labels=class takes the
first sub-folder (or the class in manifest.csv), source the manifest's source, none nothing. Without
sub-folders or manifest there are no labels, and nothing is said of copies.

--normalize and --crops find more copies among many images that are alike. They put each image and
its 100 nearest by f in order by a score, which closest.csv has besides: --normalize divides f by
how near the neighbours of both images are, --crops joins f with the smallest f of any crops of the
images, which takes six times as long to embed. pairwise.json tells of f alone.
"""

import time

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_MODEL = shared.define_model()
_FOLDER = flags.DEFINE_string("folder", None, "Images.")
_EMBEDDINGS = flags.DEFINE_string("embeddings", None, "What an earlier run left, instead.")
_LABELS = flags.DEFINE_enum("labels", "class", ["class", "source", "none"], "What makes copies.")
_CLOSEST = flags.DEFINE_integer("closest", 1000, "How many pairs to list.", lower_bound=0)
_ORDER = shared.define_order()
_OUT = flags.DEFINE_string("out", None, "Folder to write to.", required=True)


def main(argv: list[str]) -> None:
    del argv
    given = _FOLDER.value or _EMBEDDINGS.value
    print(f"comparing {printable(given)}", flush=True)
    if not given or (_FOLDER.value and _EMBEDDINGS.value):
        raise UserError("give either --folder or --embeddings")
    if _EMBEDDINGS.value and _MODEL.weights.value:
        raise UserError("--embeddings have their weights already: leave --weights away")
    from imgforensics.data import summary
    from imgforensics.evaluation import collection, reranking, results
    from imgforensics.utils import compilation

    compilation.use_cache()
    out = outputs.check_folder(_OUT.value)
    by = _ORDER.read()
    if _EMBEDDINGS.value:
        images = collection.load(given)
    else:
        model = _MODEL.read()
        about = _MODEL.record(model)
        images = collection.read(model, about, given, _LABELS.value, crops=_ORDER.crops.value)
        collection.save(images, out / "embeddings.npz")
    print(summary.describe(images.summary), flush=True)
    if by:
        reranking.check(images, by)
    started = time.monotonic()
    measured, closest = collection.protocol(
        images.forensic, images.embeddings, images.labels, 0 if by else _CLOSEST.value
    )
    scores = None
    if by:
        scores, closest = reranking.closest(images, _CLOSEST.value, by)
    record = images.record | {"pairwise": measured | {"read": images.summary}}
    record["pairwise"]["cost"] = cost = results.cost(started)
    results.write(record, out / "pairwise.json")
    collection.write_pairs(images, closest, out / "closest.csv", scores)
    print(results.describe({"pairwise": measured}))
    print(f"{cost['seconds']:.1f} s, at most {cost['peak_memory'] / 2**30:.2f} GiB of memory")
    print(f"written to {printable(out)}: closest.csv with {len(closest[0])} pairs, pairwise.json")
