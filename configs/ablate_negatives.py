"""How many images should an anchor be told from?

Command: imgforensics sweep --config=ablate_negatives --workdir=runs/ablate_negatives

With one this is the paper's loss; 63 are all but its own same one of the 64
manipulated images, same and different ones, in a batch of 32 triplets.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, on real micrographs, two seeds (the README's ablations have the numbers): no difference
that these runs could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        for negatives in (1, 2, 4, 8, 16, 32, 63):
            add(
                f"{negatives} of 63",
                seed=seed,
                **{"loss.name": "alpha_pairs", "loss.negatives": negatives},
            )
