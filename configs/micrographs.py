"""The paper's network on a folder of real micrographs, at a size that two CPU cores can train.

Command: python -m experiments.train --config=configs/micrographs.py --workdir=runs/micrographs \
    --config.data.folder=FOLDER
"""

from configs import common


def get_config():
    config = common.get_config()
    config.data.source = "folder"
    config.optimizer.name = "adam"
    config.optimizer.learning_rate = 1e-3
    config.batch_size = 64
    config.steps = 1500
    config.validate_every = 25
    config.checkpoint_every = 50
    return config
