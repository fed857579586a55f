"""Feature maps as local descriptors: they turn with the image, and tell what is the same."""

import numpy as np
import pytest

from experiments.alternatives import feature_maps
from experiments.alternatives.gate import gate_alone
from imgforensics import pretrained
from imgforensics.models import groups, metric
from imgforensics.verification import gate


@pytest.fixture(scope="module")
def shipped():
    return pretrained.load_pretrained()


def test_the_maps_of_a_turned_image_are_those_of_the_image(shipped, tissue):
    image = np.ascontiguousarray(tissue[:128, :128])
    views = np.stack([np.asarray(groups.act(image, g)) for g in range(groups.ORDER)])
    found = feature_maps.describe_places(shipped, views)
    np.testing.assert_allclose((found**2).sum((2, 3)), 1, atol=1e-4)
    for g, places in enumerate(found):
        moved = np.asarray(groups.act(found[0].reshape(16, 16, groups.ORDER, -1), g))
        moved = moved.reshape(256, groups.ORDER, -1)[:, groups.inverse_products()[g]]
        np.testing.assert_allclose(moved, places, atol=1e-4)
        assert feature_maps.inliers(found[0], places, 128) > 240


def test_what_is_shifted_agrees_in_part_and_other_tissue_does_not(shipped, tissue):
    at = ((0, 0), (16, 40), (300, 260))
    crops = np.stack([tissue[y : y + 128, x : x + 128] for y, x in at])
    maps = feature_maps.describe_places(shipped, crops)
    shifted, other = (feature_maps.inliers(maps[0], maps[k], 128) for k in (1, 2))
    assert shifted > 60 > 20 > other
    system = feature_maps.feature_maps("maps", shipped)
    near, far = system(crops, np.array([[0, 1], [0, 2]]))
    embeddings = feature_maps.embed(shipped, crops)
    f = metric.distance(shipped.metric, embeddings[:1], embeddings[1:])
    gained = 0.25 * np.log1p([shifted, other])
    np.testing.assert_allclose(np.asarray(f) - [near, far], gained, rtol=1e-4)


def test_the_gate_passes_in_whatever_order_pairs_come(tissue):
    at = ((0, 0), (16, 40), (300, 260))
    crops = np.stack([np.ascontiguousarray(tissue[y : y + 128, x : x + 128]) for y, x in at])
    system = gate_alone()
    pairs = np.array([[2, 0], [0, 1], [1, 2], [0, 2], [1, 0]])
    passed = system(crops, pairs) <= system.threshold
    assert passed.tolist() == [False, True, False, False, True]
    found = gate.votes(gate.describe(crops[0]), gate.describe(crops[1])[None]).support
    assert system(crops, pairs[1:2]) == -found
