"""How many blocks?

Command: imgforensics sweep --config=ablate_depth --workdir=runs/ablate_depth

Each block halves the side of 128 pixels; the dense layer above the last takes what is left.
Time: on two cores, two points at once, about a minute and a half a run.
Outcome, on real micrographs, two seeds, three for four blocks (the README's ablations have the
numbers): no difference that these runs could show; two blocks do as well as five.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        for channels in ((8, 16), (8, 16, 32), (8, 16, 32, 64), (8, 16, 32, 64, 64)):
            add(f"{len(channels)} blocks", seed=seed, **{"model.channels": channels})
