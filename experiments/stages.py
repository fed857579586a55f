r"""Measures what each stage of a screening lets pass, beside what one would use in its place.

    python -m experiments.stages --folder=FOLDER --weights=W.npz --out=results/stages.json

Copies are those of the test split, by V01, V02 and composite edits; the negatives are hard ones:
images of the test split and their nearest neighbours by f among crops of the other splits. For
each system: CPU milliseconds an image and a pair, and the share of copies found where 1 % and 0.1 %
of the hard negatives pass. --systems adds baselines, see experiments.baselines. With the defaults
it takes two hours of a core, most of them for the verified score.
"""

from absl import flags

from imgforensics.utils import cli

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WEIGHTS = flags.DEFINE_string("weights", None, "The network: a weights file.", required=True)
_SYSTEMS = flags.DEFINE_list("systems", ["orb", "sift"], "Baselines.")
_SIZE = flags.DEFINE_integer("size", 300, "Copies in each set.", lower_bound=2)
_HARD = flags.DEFINE_integer("hard", 10_000, "Hard negatives.", lower_bound=2)
_LIBRARY = flags.DEFINE_integer("library", 4000, "Micrographs that neighbours are sought in.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"measuring stages on pairs of {_FOLDER.value}", flush=True)
    import cv2
    import numpy as np

    from experiments.alternatives import networks, registry, stages
    from imgforensics.data import sources, splits
    from imgforensics.evaluation import results
    from imgforensics.testsets import build
    from imgforensics.training import trained
    from imgforensics.utils import compilation

    compilation.use_cache()
    cv2.setNumThreads(1)
    model = trained.read(_WEIGHTS.value)
    data = sources.replaced(model.config.data, "folder", _FOLDER.value)
    micrographs = sources.load(data)
    split = splits.of(micrographs, data, trained=True)
    copies = {}
    for edit in build.EDITS:
        name = f"test_{edit}"
        drawn = build.build(
            micrographs, splits=split, name=name, size=_SIZE.value, negatives=1, seed=0
        )
        copies[name] = stages.Pairs(drawn.images, drawn.pairs[drawn.is_copy])
    library = np.concatenate([split.train, split.validation])[: _LIBRARY.value]
    hard = stages.hard_negatives(
        model, micrographs, queries=split.test[: _SIZE.value], library=library, count=_HARD.value
    )
    loaders = {name: registry.loader(name) for name in _SYSTEMS.value}
    loaders = networks.loaders("f", model, _WEIGHTS.value) | loaders
    systems = {name: load() for name, load in loaders.items()}
    about = {"hard": len(hard.pairs), "copies": _SIZE.value, "crops": 13 * len(library)}
    measured = {"sizes": about, "systems": stages.measure(systems, copies, hard)}
    results.write(results.record(model, _WEIGHTS.value, None, stages=measured), _OUT.value)
    for name, found in measured["systems"].items():
        print(name, found)
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
