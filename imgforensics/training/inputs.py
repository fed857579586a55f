"""What runs are made of: their training images and the triplets that they are validated on."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ml_collections
import numpy as np

from imgforensics.data import sources, splits, summary, training_set
from imgforensics.testsets import triplet_sets
from imgforensics.training import devices
from imgforensics.training import step as steps

if TYPE_CHECKING:  # TFDS, which only frozen images need, takes seconds to import
    from imgforensics.data.frozen import Stored


def load(
    config: ml_collections.ConfigDict, seeds: Sequence[int]
) -> "tuple[np.ndarray | Stored, np.ndarray]":
    """Loads the images of runs that differ in their seeds at most, and tells how many there are.

    Args:
        config: of the runs.
        seeds: of each run.

    Returns:
        The training images, uint8 [n, 256, 256]; and the fixed validation triplets of each run,
        float32 [runs, 3, n, H, W] in [0, 1].

    Raises:
        UserError: the images can't be read, are too few for a step, or are not the same in all
            processes.
    """
    micrographs = sources.load(config.data)
    names = "\n".join(micrographs.names).encode(errors="surrogateescape")
    devices.check_same("the data set", hashlib.sha256(names).hexdigest())
    print(summary.describe(micrographs.summary), flush=True)
    split = splits.of(micrographs, config.data)
    train = training_set.images(config.data, micrographs, split.train)
    print(
        f"training on {len(train)} images, validating on {len(split.validation)}, "
        f"leaving {len(split.test)} for the test"
        + (f" and {len(split.held_out)} of classes held out" if len(split.held_out) else ""),
        flush=True,
    )
    steps.check_size(config, len(train))
    examples = [
        triplet_sets.triplet_set(
            triplet_sets.validation_key(seed),
            micrographs.images[split.validation],
            config.validation_triplets,
            config.manipulations,
        )
        for seed in seeds
    ]
    return train, np.array(examples)
