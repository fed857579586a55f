"""The scale of all ablations: the quick run's network and micrographs, on 3200 triplets.

Command: imgforensics train --config=ablation --workdir=runs/ablation

Every configs/ablate_*.py asks one question of it and is run by `imgforensics sweep`: its points
differ in what is asked, and all see as many triplets, once with each of `SEEDS`. However they were
trained, they are judged on the validation and test pairs of this config. Micrographs that are drawn
once, by `imgforensics prepare_data --source=procedural`, save each point the drawing:
--config.data.source=frozen --config.data.folder=FOLDER.

Hardware and time: two CPU cores, three minutes for each point; with --jobs=2, about two.
"""

from imgforensics.training import configs

SEEDS = (0, 1, 2)
TRIPLETS = 3200


def get_config():
    config = configs.load("quick")
    config.steps = config.optimizer.decay_steps = TRIPLETS // config.batch_size
    return config
