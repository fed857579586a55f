"""Are the later version's wider manipulations (V02) better to train on?

Command: imgforensics sweep --config=ablate_ranges --workdir=runs/ablate_ranges

All are judged on the ranges of V01, or, with --config=ablate_ranges:v02, of V02.
Time: on two cores that had other work, too, with --jobs=2, about two minutes a run.
Outcome, judged on V01 ranges, real micrographs, 250 validation triplets and 357 test pairs
(the README's ablations have the numbers): no difference that three seeds could show.
"""

from imgforensics.manipulations import ranges
from imgforensics.training import configs

ablation = configs.module("ablation")

_VERSIONS = {"v01": ranges.v01, "v02": ranges.v02}


def get_config(judged_on="v01"):
    config = ablation.get_config()
    config.manipulations = _VERSIONS[judged_on]()
    return config


def sweep(add):
    for seed in ablation.SEEDS:
        for label, version in _VERSIONS.items():
            trained_on = version()
            add(
                label.upper(),
                seed=seed,
                **{
                    "manipulations.similarity.percent": trained_on.similarity.percent,
                    "manipulations.jpeg.probability": trained_on.jpeg.probability,
                    "manipulations.gamma.percent": trained_on.gamma.percent,
                },
            )
