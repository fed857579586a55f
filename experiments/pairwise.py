"""Compares all images of a folder with each other: the closest pairs, and how f is distributed.

    python -m experiments.pairwise --weights=W --folder=DIR --out=OUT
    python -m experiments.pairwise --embeddings=OUT/embeddings.npz --out=OUT

W is a training run's folder or an exported weights file. Images of other sizes than the network's
input are cut to their largest central square and resized; those that can't be read are left out and
named. OUT gets closest.csv, the pairs with the smallest f; pairwise.json, what is
known of all pairs; and embeddings.npz, with which another look costs no embedding. Existing files
are replaced. Pairs of one label count as copies: --labels=class takes the first sub-folder (or the
class in manifest.csv), source the manifest's source, none nothing.
"""

import pathlib
import time

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.")
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_FOLDER = flags.DEFINE_string("folder", None, "Images.")
_EMBEDDINGS = flags.DEFINE_string("embeddings", None, "What an earlier run left, instead.")
_LABELS = flags.DEFINE_enum("labels", "class", ["class", "source", "none"], "What makes copies.")
_CLOSEST = flags.DEFINE_integer("closest", 1000, "How many pairs to list.", lower_bound=0)
_OUT = flags.DEFINE_string("out", None, "Folder to write to.", required=True)


def main(argv) -> None:
    del argv
    print(f"comparing {_FOLDER.value or _EMBEDDINGS.value}", flush=True)
    if bool(_FOLDER.value and _WEIGHTS.value) == bool(_EMBEDDINGS.value):
        raise UserError("give either --weights and --folder, or --embeddings")
    from imgforensics.data import summary
    from imgforensics.evaluation import collection, results
    from imgforensics.inference import weights
    from imgforensics.utils import compilation

    compilation.use_cache()
    out = pathlib.Path(_OUT.value)
    if _EMBEDDINGS.value:
        images = collection.load(_EMBEDDINGS.value)
    else:
        model = weights.read(_WEIGHTS.value, _WHICH.value)
        which = _WHICH.value if pathlib.Path(_WEIGHTS.value).is_dir() else None
        record = results.record(model, _WEIGHTS.value, which)
        images = collection.read(model, record, _FOLDER.value, _LABELS.value)
        collection.save(images, out / "embeddings.npz")
    print(summary.describe(images.summary), flush=True)
    started = time.monotonic()
    measured, closest = collection.protocol(
        images.forensic, images.embeddings, images.labels, _CLOSEST.value
    )
    record = images.record | {"pairwise": measured | {"read": images.summary}}
    record["pairwise"]["cost"] = cost = results.cost(started)
    results.write(record, out / "pairwise.json")
    collection.write_pairs(images, closest, out / "closest.csv")
    print(results.describe(record))
    print(f"{cost['seconds']:.1f} s, at most {cost['peak_memory'] / 2**30:.2f} GiB of memory")
    print(f"written to {out}: closest.csv with {len(closest[0])} pairs, pairwise.json")


if __name__ == "__main__":
    cli.run(main)
