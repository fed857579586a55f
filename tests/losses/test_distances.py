import jax
import loops
import numpy as np
import pytest
from loops import EMBEDDINGS

from imgforensics.losses import distances


@pytest.mark.parametrize("name", ["l1", "squared_l2"])
def test_distance_is_that_of_the_loop_and_broadcasts(name):
    anchor, same, _ = EMBEDDINGS
    expected = [[getattr(loops, name)(x, y) for y in same] for x in anchor]
    found = getattr(distances, name)(anchor[:, None], same)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("name,bound", [("l1", 1), ("squared_l2", 0)])
def test_gradient_between_equal_embeddings_is_a_subgradient(name, bound):
    anchor = EMBEDDINGS[0]
    distance = getattr(distances, name)
    gradient = jax.grad(lambda other: distance(anchor, other).sum())(anchor)
    assert (abs(gradient) <= bound).all()
