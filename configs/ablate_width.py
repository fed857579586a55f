"""How wide must the blocks and the first dense layer be?

Command: imgforensics sweep --config=ablate_width --workdir=runs/ablate_width

A quarter, a half (the base) and all of the paper's widths, with 128, 256 or 512 features.
Time: on two cores, two points at once, a minute a run with a quarter, three with all.
Outcome, on real micrographs, two seeds, three for a half (the README's ablations have the numbers):
no difference that these runs could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        for label, share in (("a quarter", 4), ("a half", 2), ("the paper's", 1)):
            add(
                label,
                seed=seed,
                **{
                    "model.channels": tuple(width // share for width in (16, 32, 64, 128)),
                    "model.hidden_features": 512 // share,
                },
            )
