import numpy as np
import pytest
from sklearn.decomposition import PCA

from imgforensics.explore import plane


@pytest.mark.parametrize("count", [2, 3, 200])
def test_it_is_principal_component_analysis(count):
    embeddings = np.random.RandomState(0).normal(size=(count, 7)) * [9, 1, 5, 1, 1, 0, 3] + 4
    reference = PCA(n_components=2).fit(embeddings)
    coordinates, shares = plane.principal(embeddings.astype(np.float32))
    assert coordinates.shape == (count, 2)
    np.testing.assert_allclose(shares, reference.explained_variance_ratio_, atol=1e-6)
    expected = reference.transform(embeddings)
    np.testing.assert_allclose(np.abs(coordinates), np.abs(expected), atol=1e-4)


def test_signs_are_fixed():
    embeddings = np.random.RandomState(0).normal(size=(50, 4)) * [1, 1, 8, 3]
    coordinates, _ = plane.principal(embeddings)
    centred = embeddings - embeddings.mean(0)
    assert (centred[:, 2] @ coordinates[:, 0]) > 0 and (centred[:, 3] @ coordinates[:, 1]) > 0


def test_equal_embeddings_are_one_point():
    coordinates, shares = plane.principal(np.ones((4, 3), np.float32))
    assert not coordinates.any() and not shares.any()
