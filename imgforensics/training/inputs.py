"""What runs are made of: their training images and the triplets that they are validated on.

Pairs that people judged are mixed into both at one share.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ml_collections
import numpy as np

from imgforensics import losses
from imgforensics.data import labelled, sources, splits, summary, training_set
from imgforensics.data.labelled import Labelled
from imgforensics.testsets import triplet_sets
from imgforensics.training import devices
from imgforensics.training import step as steps
from imgforensics.training.step import LabelledPairs

if TYPE_CHECKING:  # TFDS, which only frozen images need, takes seconds to import
    from imgforensics.data.frozen import Stored


def load(
    config: ml_collections.ConfigDict, seeds: Sequence[int]
) -> "tuple[np.ndarray | Stored, LabelledPairs | None, np.ndarray]":
    """Loads the images of runs that differ in their seeds at most, and tells how many there are.

    Args:
        config: of the runs.
        seeds: of each run.

    Returns:
        The training images, uint8 [n, 256, 256], behind which are the pictures of labelled pairs;
        those pairs, if the runs take any; and the fixed validation triplets of each run,
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
    judged, pairs = _labelled(config), None
    if judged is not None:
        pairs = _mixed(config, judged[0], len(train))
        train = np.concatenate([np.asarray(train), judged[0].images])
    validation = micrographs.images[split.validation]
    examples = [
        triplet_sets.triplet_set(
            triplet_sets.validation_key(seed),
            validation,
            config.validation_triplets,
            config.manipulations,
        )
        for seed in seeds
    ]
    if judged is not None:
        share = config.data.labelled_share
        examples = [
            triplet_sets.with_labelled(seed, drawn, judged[1], share, config.manipulations)
            for seed, drawn in zip(seeds, examples)
        ]
    return train, pairs, np.array(examples)


def _labelled(config) -> tuple[Labelled, Labelled] | None:
    """The pairs to train on and to validate on, if the runs take any."""
    if not config.data.get("labelled", ""):
        return None
    found = labelled.read(config.data.labelled, config.manipulations.output_size)
    devices.check_same("the labelled pairs", found.digest())
    train, validation = labelled.split(found, config.data)
    left = len(found.pairs) - len(train.pairs) - len(validation.pairs)
    print(
        f"of {len(found.pairs)} labelled pairs ({found.same.sum()} the same) training on "
        f"{len(train.pairs)} ({train.same.sum()}), validating on {len(validation.pairs)} "
        f"({validation.same.sum()}), leaving {left} for the test",
        flush=True,
    )
    return train, validation


def _mixed(config, train, first) -> LabelledPairs:
    triplets = losses.takes_different(config.loss)
    return LabelledPairs(labelled.batches(train, labelled.places(config), triplets), first)
