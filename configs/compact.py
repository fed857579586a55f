"""The compact network: invariant to flips and right angles, trained on pairs and hard negatives.

Command: imgforensics train --config=compact --workdir=runs/compact \
    --config.data.source=folder --config.data.folder=FOLDER

Hardware and time: see the README's table.
"""

import ml_collections

from imgforensics.manipulations import ranges
from imgforensics.training import configs


def get_config():
    config = configs.load("common")
    config.unlock()
    config.model = ml_collections.ConfigDict(
        {
            "architecture": "compact",
            "channels": (4, 8, 16),  # of the stages, for each of eight symmetries
            "blocks": (1, 1, 1),  # residual blocks of the stages
            "pooled_features": 128,  # generalised means
            "arranged_features": 64,  # filters of the whole map
            "hidden_features": 256,
            "embedding_features": 128,
            "metric": "positive_alpha_l1",
            "constant_alpha": 1.0,
            "dtype": "float32",
        }
    )
    config.lock()
    config.manipulations = ranges.wide()
    config.data.neighbours = 16  # all are anchors, as there are no different images
    config.data.added_procedural = 1000
    config.loss.name = "alpha_mutual"
    config.optimizer.name = "muon"
    config.optimizer.learning_rate = 1e-2
    config.optimizer.warmup_steps = 200
    config.batch_size = 96
    config.steps = config.optimizer.decay_steps = 3200
    config.validate_every = 100
    config.checkpoint_every = 500
    return config
