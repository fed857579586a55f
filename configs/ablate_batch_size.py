"""Is it better to take many small steps or few large ones through the same triplets?

Command: imgforensics sweep --config=ablate_batch_size --workdir=runs/ablate_batch_size

The learning rate is the same and warms up over the same share of the steps, and there are as many
validations.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, on real micrographs, two seeds (the README's ablations have the numbers): no difference
that these runs could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        for batch_size in (8, 16, 32, 64):
            steps = ablation.TRIPLETS // batch_size
            add(
                f"batches of {batch_size}",
                seed=seed,
                **{
                    "batch_size": batch_size,
                    "steps": steps,
                    "optimizer.decay_steps": steps,
                    "optimizer.warmup_steps": steps // 20,
                    "validate_every": steps // 10,
                },
            )
