"""A small but real run: half the paper's widths, procedural micrographs, Adam.

Command: imgforensics train --config=quick --workdir=runs/quick
    (`make table1` runs it, evaluates it and prints the table)

Hardware and time: two CPU cores, about five minutes. The README's table has the numbers.
"""

from imgforensics.training import configs


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
    config.steps = config.optimizer.decay_steps = 500
    config.validate_every = 20
    config.checkpoint_every = 100
    return config
