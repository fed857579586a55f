"""However many pairs there are and whoever compares them, f is that of `metric.distance`."""

import jax
import numpy as np
import pytest

from imgforensics.inference import all_pairs, nearest
from imgforensics.models import metric

COUNT, SIZE, FEATURES = 9, 40, 13


@pytest.fixture(params=metric.KINDS)
def forensic(request):
    random = np.random.default_rng(0)
    values = {
        "alpha": random.normal(size=FEATURES).astype(np.float32),
        "raw_alpha": random.normal(size=FEATURES).astype(np.float32),
        "bias": np.float32(0.3),
        "threshold": np.float32(3.0),
    }
    return metric.KINDS[request.param].build(values, FEATURES, 0.7)


def test_every_way_to_f_gives_the_same(forensic):
    queries, index = (
        jax.random.normal(jax.random.key(number), (size, FEATURES))
        for number, size in enumerate((COUNT, SIZE))
    )
    expected = np.asarray(metric.distance(forensic, queries[:, None], index))
    i, j = np.indices(expected.shape).reshape(2, -1)
    scores = all_pairs.scores(forensic, queries[i], [index[j]])
    np.testing.assert_allclose(scores, expected.ravel(), rtol=1e-5, atol=1e-5)
    found, rows = nearest.nearest(forensic, queries, index, SIZE)
    np.testing.assert_allclose(
        found, np.take_along_axis(expected, np.asarray(rows), axis=1), rtol=1e-5, atol=1e-5
    )
