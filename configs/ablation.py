"""The scale of all ablations: the quick run's network and micrographs, on 3200 triplets.

Command: python -m experiments.train --config=configs/ablation.py --workdir=runs/ablation

Every configs/ablate_*.py asks one question of it and is run by experiments.sweep: its points
differ in what is asked, and all see as many triplets, once with each of `SEEDS`. However they were
trained, they are judged on the validation and test pairs of this config. Micrographs that are drawn
once, by experiments.prepare_data --source=procedural, save each point the drawing:
--config.data.source=frozen --config.data.folder=FOLDER.

Hardware and time: two CPU cores, three minutes for each point; with --jobs=2, about two.
"""

from configs import quick

SEEDS = (0, 1, 2)
TRIPLETS = 3200


def get_config():
    config = quick.get_config()
    config.steps = config.optimizer.decay_steps = TRIPLETS // config.batch_size
    return config
