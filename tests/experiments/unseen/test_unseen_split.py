"""Experiments judge on images that the training has not seen."""

import numpy as np

from experiments.unseen import split
from imgforensics.data import folder, splits


def test_a_folder_is_split_as_the_training_split_it(make_model, textures):
    model = make_model()
    data = model.config.data
    data.source, data.split, data.split_seed = "procedural", (0.5, 0.25, 0.25), 3
    micrographs, parts = split.read(textures, model)
    np.testing.assert_array_equal(micrographs.images, folder.read(textures).images)
    trained = splits.split(micrographs, data.split, data.split_seed)
    for one, other in zip(parts, trained, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not set(parts.train) & {*parts.test, *parts.held_out} and len(parts.test) == 9
    assert data.source == "procedural"  # the model stays as it is
