"""The paper's network on a folder of real micrographs, at a size that two CPU cores can train.

Command: imgforensics train --config=micrographs --workdir=runs/micrographs
    --config.data.folder=FOLDER

Hardware and time: two CPU cores, about half an hour for 4000 training images. The README's table
has the numbers.
"""

from imgforensics.training import configs


def get_config():
    config = configs.load("common")
    config.data.source = "folder"
    # With the paper's 0.01 the first thousands of triplets are lost.
    config.model.init_stddev = 0.05
    config.optimizer.name = "adam"
    config.optimizer.learning_rate = 1e-3
    config.optimizer.warmup_steps = 10
    config.batch_size = 64
    config.steps = config.optimizer.decay_steps = 500
    config.validate_every = 25
    config.checkpoint_every = 25
    return config
