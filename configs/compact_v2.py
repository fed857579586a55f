r"""The compact network with half as many channels again, for a GPU that is at hand for minutes.

Command: imgforensics train --config=compact_v2 --workdir=runs/compact_v2 \
    --config.data.source=folder --config.data.folder=FOLDER

Hardware and time: made for a GPU; `docs/accelerator.md` says how to pack the data set, and how to
train by the clock. No record of it is in results/ yet.
"""

from imgforensics.manipulations import ranges
from imgforensics.training import configs


def get_config():
    config = configs.load("compact")
    config.model.channels = (6, 12, 24)
    config.model.dtype = "bfloat16"
    config.manipulations = ranges.reuse()
    config.view.probability = 0.5
    config.data.added_blots = 256
    config.loss.spread = 0.1
    config.batch_size = 1024
    config.ema_decay = 0.999
    return config
