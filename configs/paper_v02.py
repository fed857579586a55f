"""The authors' later revision (V02): wider manipulations, JPEG, residual blocks, batches of 128.

Command: imgforensics train --config=paper_v02 --workdir=runs/paper_v02

Hardware and time: made for a GPU; a step costs about half of one of configs/paper.py. The paper
gives no numbers for this version.
"""

from imgforensics.manipulations import ranges
from imgforensics.training import configs


def get_config():
    config = configs.load("common")
    config.manipulations = ranges.v02()
    config.model.lrn = False
    config.model.nin = False
    config.model.residual = True
    config.jitter.brightness = 0.1
    config.jitter.contrast = 0.01
    config.batch_size = 128
    return config
