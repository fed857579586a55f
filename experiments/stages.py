r"""Measures what each stage of a screening lets pass, beside what one would use in its place.

    python -m experiments.stages --folder=FOLDER --weights=W.npz --work=DIR \
        --out=results/stages.json

Copies are those of the test split, by V01, V02 and composite edits; the negatives are hard ones:
images of the test split and their ten nearest neighbours by f among crops of the other splits. For
each system: which share of the hard negatives and of the copies passes, and the share of copies
that is found where 1 % and 0.1 % of the hard negatives pass. The quick stages look at all hard
negatives, others at a weighted sample. --systems adds baselines, see experiments.baselines.

The record is written after each system, and what was computed stays in DIR, so that the same
command goes on where it was stopped. With --speeds=true it adds to the record what an image and a
pair cost: CPU milliseconds, for which the machine should have nothing else to do for some minutes.
The rest takes a quarter of an hour of a core, most of it for XFeat.

With --strict --nearest=32 it tells of the gate, and of the verified score after it, what passes of
a hundred thousand hard pairs: five crops of each image with 32 neighbours each, in half an hour.
"""

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_WEIGHTS = flags.DEFINE_string("weights", None, "The network: a weights file.", required=True)
_SYSTEMS = flags.DEFINE_list("systems", ["orb", "sift", "xfeat"], "Baselines.")
_SIZE = flags.DEFINE_integer("size", 300, "Copies in each set.", lower_bound=2)
_NEAREST = flags.DEFINE_integer("nearest", 10, "Hard negatives of each image.", lower_bound=1)
_EACH = flags.DEFINE_integer(
    "each", 3000, "Of those that pass the gate, and of the others, in the sample.", lower_bound=1
)
_SPEEDS = flags.DEFINE_bool("speeds", False, "Adds costs to the record.")
_STRICT = flags.DEFINE_bool("strict", False, "Many hard pairs, and no system but our own.")
_WORK = flags.DEFINE_string("work", None, "Folder for what was computed.", required=True)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"measuring stages on pairs of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    work = outputs.check_folder(_WORK.value)
    import cv2

    from experiments.alternatives import networks, registry, stages_run, strict
    from experiments.unseen import split
    from imgforensics.evaluation import results
    from imgforensics.training import trained
    from imgforensics.utils import compilation

    compilation.use_cache()
    cv2.setNumThreads(1)
    model = trained.read(_WEIGHTS.value)
    micrographs, parts = split.read(_FOLDER.value, model)
    drawn = model, micrographs, parts, _SIZE.value, _NEAREST.value
    if _STRICT.value:
        measured = strict.measure(*drawn, _WEIGHTS.value, work)
        results.write(results.record(model, _WEIGHTS.value, None, strict=measured), _OUT.value)
        print(f"written to {_OUT.value}")
        return
    task, about = stages_run.prepare(*drawn, _EACH.value, work)
    systems = networks.stages(model, _WEIGHTS.value)
    systems |= {name: registry.loader(name) for name in _SYSTEMS.value}
    if _SPEEDS.value:
        record = results.read(_OUT.value, ["stages"])
        record["stages"]["speeds"] = stages_run.speeds(task, systems)
        results.write(record, _OUT.value)
    else:

        def save(found):
            measured = {"sizes": about, "systems": found}
            results.write(results.record(model, _WEIGHTS.value, None, stages=measured), _OUT.value)

        stages_run.run(task, systems, work, save)
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
