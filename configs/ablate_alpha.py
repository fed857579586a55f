"""Must alpha be learned, and may it be negative?

Command: imgforensics sweep --config=ablate_alpha --workdir=runs/ablate_alpha

Learned freely (the paper); learned and positive, which makes f a true metric on embeddings; and
constant: 1, or 1/128, by which f is the mean of the absolute differences.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, on real micrographs, two seeds for the constants and three for the others (the README's
ablations have the numbers): 1/128 was no worse than what is learned. By 1 few pairs were told
apart: distances begin far beyond the threshold, and 3200 triplets did not bring them back.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        add("learned", seed=seed)
        add("positive", seed=seed, **{"model.metric": "positive_alpha_l1"})
        for label, alpha in (("1", 1.0), ("1/128", 1 / 128)):
            add(
                f"constant, {label}",
                seed=seed,
                **{"model.metric": "constant_alpha_l1", "model.constant_alpha": alpha},
            )
