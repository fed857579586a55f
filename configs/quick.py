"""A small but real run: half the paper's widths, procedural micrographs, Adam.

Command: python -m experiments.train --config=configs/quick.py --workdir=runs/quick
"""

from configs import common


def get_config():
    config = common.get_config()
    config.data.size = 2000
    config.model.channels = (8, 16, 32, 64)
    config.model.hidden_features = 256
    config.optimizer.name = "adam"
    config.optimizer.learning_rate = 1e-3
    config.batch_size = 32
    config.steps = 400
    config.validate_every = 20
    config.checkpoint_every = 100
    return config
