"""The scale of all ablations: the paper's network at half its widths, on 3200 triplets.

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
    config = configs.load("common")
    config.data.size = 2000
    config.model.channels = (8, 16, 32, 64)
    config.model.hidden_features = 256
    # With the paper's 0.01 the first thousands of triplets are lost.
    config.model.init_stddev = 0.05
    # Over so few channels LRN has little to compare. Moments are those of what is normalised.
    config.model.lrn = False
    config.model.first_moments_raw = False
    config.optimizer.name = "adam"
    config.optimizer.learning_rate = 1e-3
    config.optimizer.warmup_steps = 10
    config.batch_size = 32
    config.steps = config.optimizer.decay_steps = TRIPLETS // config.batch_size
    config.validate_every = 20
    config.checkpoint_every = 100
    return config
