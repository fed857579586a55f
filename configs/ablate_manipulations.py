"""Which manipulations must be trained on?

Command: python -m experiments.sweep --config=configs/ablate_manipulations.py
    --workdir=runs/ablate_manipulations

Each in turn is left out of training; all points are judged on all manipulations.
Time and outcome: the README's ablations have them once it was run.
"""

from configs import ablation

get_config = ablation.get_config

_STEPS = ("reflection", "perspective", "similarity", "gamma", "local_edit")


def sweep(add):
    for seed in ablation.SEEDS:
        add("all", seed=seed)
        for step in _STEPS:
            without = {f"manipulations.{step}.probability": 0.0}
            add(f"without {step.replace('_', ' ')}", seed=seed, **without)
        without = {f"manipulations.clutter.{kind}": 0.0 for kind in ("rectangle", "text")}
        add("without clutter", seed=seed, **without)
