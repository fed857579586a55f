"""The paper's run: 5000 steps of 256 triplets (table 1).

Command: python -m experiments.train --config=configs/paper.py --workdir=runs/paper
"""

from configs import common


def get_config():
    return common.get_config()
