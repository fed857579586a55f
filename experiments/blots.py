r"""Which verdicts real blots get: unlike ones whose bands sit alike, and copies.

    python -m experiments.blots --folder=BLOTS --out=results/blots.json

BLOTS has a folder for each membrane, with two crops of it or more, as PNG of 256x256 pixels. What
comes of it is the table of the model card; no image is kept. Takes two minutes of one core.
"""

from absl import flags

from imgforensics.utils import cli

_FOLDER = flags.DEFINE_string("folder", None, "Folder of folders of crops.", required=True)
_MOST = flags.DEFINE_integer("most", 100, "Pairs of each kind.", lower_bound=1)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"judging blots of {_FOLDER.value}", flush=True)
    from experiments.tables import table_blots
    from imgforensics import pretrained
    from imgforensics.data import real_cases
    from imgforensics.data.micrographs import SIDE
    from imgforensics.evaluation import results, verdicts
    from imgforensics.inference import weights
    from imgforensics.utils import compilation
    from imgforensics.verification import calibration

    compilation.use_cache()
    model = pretrained.load_pretrained()
    fitted = calibration.load(calibration.beside(pretrained.path()), weights.fingerprint(model))
    cases = real_cases.read_cases(_FOLDER.value, SIDE)
    record = {
        "blots": verdicts.count(model, fitted, cases, _MOST.value, seed=0),
        "images": len(cases.labels),
        "membranes": len(set(cases.labels)),
        "fingerprint": fitted.fingerprint,
        "versions": results.versions(),
    }
    results.write(record, _OUT.value)
    print(table_blots.markdown([record]))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
