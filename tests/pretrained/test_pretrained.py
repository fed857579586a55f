"""The weights that come with the package load anywhere and score as they did."""

import importlib.resources

import numpy as np
import pytest
import skimage.data

import imgforensics
from imgforensics.inference.embed import embed
from imgforensics.models import metric

CELL = skimage.data.cell()[200:328, 200:328]


@pytest.fixture(scope="module")
def distances():
    """f of a crop and: itself turned, darkened, another field of the image, another image."""
    model = imgforensics.load_pretrained()
    others = [
        np.rot90(CELL), np.uint8(255 * (CELL / 255) ** 1.3),
        skimage.data.cell()[400:528, 150:278], skimage.data.coins()[100:228, 100:228],
    ]  # fmt: skip
    first, *rest = embed(model, np.stack([CELL, *others]))
    return [float(metric.distance(model.metric, first, each)) for each in rest]


def test_scores_are_pinned(distances):
    assert distances[0] == pytest.approx(0, abs=1e-5)
    assert distances[1:] == pytest.approx([0.11573, 0.90407, 2.06628], rel=5e-3)


def test_copies_lie_far_below_the_threshold_and_another_image_above(distances):
    """Another field of the same image lies between; how many such pass is in the model card."""
    assert max(distances[:2]) < 0.5 < distances[2] and distances[3] > 1


def test_all_of_it_is_small_enough_for_a_package():
    files = list(importlib.resources.files("imgforensics.pretrained").iterdir())
    assert {"weights.npz", "weights.json", "weights.verified.json"} <= {file.name for file in files}
    assert sum(len(file.read_bytes()) for file in files if file.is_file()) < 20 * 2**20
