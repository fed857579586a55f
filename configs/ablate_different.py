"""Should different images be deformed, as in the authors' code, or plain, as in the paper's text?

Command: imgforensics sweep --config=ablate_different --workdir=runs/ablate_different

All are judged on deformed ones, or, with --config=ablate_different:plain, on plain ones.
Time: on two cores that had other work, too, with --jobs=2, about two minutes a run.
Outcome, judged on deformed ones, real micrographs, 250 validation triplets and 357 test pairs
(the README's ablations have the numbers): no difference that three seeds could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
_DEFORMED = {"deformed": True, "plain": False}


def get_config(judged_on="deformed"):
    config = ablation.get_config()
    config.manipulations.deform_different = _DEFORMED[judged_on]
    return config


def sweep(add):
    for seed in ablation.SEEDS:
        for label, deformed in _DEFORMED.items():
            add(label, seed=seed, **{"manipulations.deform_different": deformed})
