"""Do network-in-network layers help, and V02's residual shortcuts?

Command: imgforensics sweep --config=ablate_block --workdir=runs/ablate_block

Time: on two cores, two points at once, a minute and a half a run; with residuals, two.
Outcome, on real micrographs, two seeds, three for NiN alone (the README's ablations have the
numbers): the differences are of the size of those between seeds. The paper's choice, NiN without
residuals, has the lowest mean area under the ROC curve of the four.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        add("NiN", seed=seed)
        add("NiN, residual", seed=seed, **{"model.residual": True})
        add("residual", seed=seed, **{"model.nin": False, "model.residual": True})
        add("neither", seed=seed, **{"model.nin": False})
