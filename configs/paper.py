"""The paper's run: 5000 steps of 256 triplets (table 1).

Command: imgforensics train --config=paper --workdir=runs/paper

Hardware and time: made for a GPU; 5000 steps are 5 PFLOP, which keep two CPU cores busy for half a
day. The paper reaches 0.98 on validation and 0.97 on synthetic test pairs of the authors'
micrographs; add --config.data.source=hms_forensics --config.data.folder=DIR to train on those.
"""

from imgforensics.training import configs


def get_config():
    return configs.load("common")
