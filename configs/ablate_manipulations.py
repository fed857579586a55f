"""Which manipulations must be trained on?

Command: imgforensics sweep --config=ablate_manipulations --workdir=runs/ablate_manipulations

Each in turn is left out of training; all points are judged on all manipulations.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, on real micrographs, one or two seeds, three for all (the README's ablations have the
numbers): without text, and more so without any clutter, accuracy was lower than of any run with
it. Nothing else that was left out made a difference that these runs could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config

_STEPS = ("reflection", "perspective", "similarity", "gamma", "local_edit")
# Of a local edit and of clutter. Without one kind of edit the other takes its place; without one
# kind of clutter there is less of it.
_KINDS = {
    "erasing": "local_edit.erase",
    "local contrast": "local_edit.local_contrast",
    "rectangle": "clutter.rectangle",
    "text": "clutter.text",
}


def sweep(add):
    for seed in ablation.SEEDS:
        add("all", seed=seed)
        for step in _STEPS:
            without = {f"manipulations.{step}.probability": 0.0}
            add(f"without {step.replace('_', ' ')}", seed=seed, **without)
        without = {f"manipulations.clutter.{kind}": 0.0 for kind in ("rectangle", "text")}
        add("without clutter", seed=seed, **without)
        for kind, field in _KINDS.items():
            add(f"without {kind}", seed=seed, **{f"manipulations.{field}": 0.0})
