r"""Measures what score normalisation and crops find, beside f alone.

    python -m experiments.reranking --folder=FOLDER --weights=W.npz --work=DIR \
        --out=results/reranking.json

Copies are those of the test split (V01, V02, composite edits) and of held-out classes. In a
collection of a split's images negatives are all pairs; in a library of crops of the other splits
they are those that f proposes. Embeddings stay in DIR, so that the same command goes on where it
was stopped. It takes half an hour of two cores, nearly all of it for embeddings.
"""

import pathlib

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WEIGHTS = flags.DEFINE_string("weights", None, "The network: a weights file.", required=True)
_SIZE = flags.DEFINE_integer("size", 300, "Queries in the library.", lower_bound=2)
_WORK = flags.DEFINE_string("work", None, "Folder for embeddings.", required=True)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)
_SETS = ("test_v01", "test_v02", "test_composite", "held_out_v01")


def main(argv) -> None:
    del argv
    print(f"measuring what is found among images of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    work = outputs.check_folder(_WORK.value)
    work.mkdir(parents=True, exist_ok=True)
    from experiments.reranked import measure
    from experiments.unseen import split
    from imgforensics.evaluation import results
    from imgforensics.training import trained
    from imgforensics.utils import compilation

    compilation.use_cache()
    model = trained.read(_WEIGHTS.value)
    micrographs, parts = split.read(_FOLDER.value, model)
    kept = measure.keeping(pathlib.Path(work))
    collections, copies = {}, {}
    for name in _SETS:
        part, _, edit = name.rpartition("_")
        if not len(indices := getattr(parts, part)):
            continue
        print(f"pairs of {name}", flush=True)

        def embedded(indices=indices, edit=edit):
            return measure.embedded(model, micrographs, indices, edit)

        first, second = kept(name, embedded)
        collections[name] = measure.collection(model, micrographs, indices, first, second)
        if part == "test":
            copies[name] = second
    print("library", flush=True)
    found = measure.library(model, micrographs, parts, _SIZE.value, copies, kept)
    measured = {"collections": collections, "library": found}
    results.write(results.record(model, _WEIGHTS.value, None, reranking=measured), _OUT.value)
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
