"""A small but real run: the compact network at half its widths, on procedural micrographs.

Command: imgforensics train --config=quick --workdir=runs/quick
    (`make table1` runs it, puts its threshold at a false-positive rate of 3 %, evaluates it and
    prints the table)

Hardware and time: two CPU cores; `make table1` takes eight to ten minutes of CPU time, most of it
on both at once. The README's table has the numbers.
"""

from imgforensics.manipulations import ranges
from imgforensics.training import configs


def get_config():
    config = configs.load("compact")
    config.data.size = 2000
    # Those that are added are drawn from the same seed, and some would be of the other two sets.
    config.data.added_procedural = 0
    config.manipulations = ranges.v01()
    config.model.channels = (2, 4, 8)
    config.optimizer.learning_rate = 2e-2
    config.optimizer.warmup_steps = 31
    config.batch_size = 48
    config.steps = config.optimizer.decay_steps = 500
    config.validate_every = 100
    config.checkpoint_every = 100
    return config
