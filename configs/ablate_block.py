"""Do network-in-network layers help, and V02's residual shortcuts?

Command: python -m experiments.sweep --config=configs/ablate_block.py --workdir=runs/ablate_block

Time and outcome: the README's ablations have them once it was run.
"""

from configs import ablation

get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        add("NiN", seed=seed)
        add("NiN, residual", seed=seed, **{"model.residual": True})
        add("residual", seed=seed, **{"model.nin": False, "model.residual": True})
        add("neither", seed=seed, **{"model.nin": False})
