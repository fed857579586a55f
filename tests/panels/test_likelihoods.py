"""Likelihoods, beside those of another library."""

import numpy as np
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.panels import fit
from imgforensics.panels import features, pictures


def test_likelihoods_are_those_of_the_fitted_regression():
    rng = np.random.RandomState(0)
    measures = rng.randn(300, len(features.NAMES)) * np.arange(1, len(features.NAMES) + 1)
    is_picture = (measures[:, 0] ** 2 + measures[:, 1] / 2 > 1) & (rng.rand(300) < 0.9)
    theirs = make_pipeline(
        StandardScaler(),
        Nystroem(gamma=0.05, n_components=200, random_state=0),
        LogisticRegression(class_weight="balanced", C=3, max_iter=1000),
    ).fit(measures, is_picture)
    ours = pictures.likelihoods(measures, fit.fit(measures, is_picture))
    np.testing.assert_allclose(ours, theirs.predict_proba(measures)[:, 1], atol=1e-6)


def test_what_is_shipped_judges_any_number_of_parts():
    shipped = pictures.shipped()
    assert shipped.centres.shape == (len(shipped.weights), len(features.NAMES))
    none = pictures.likelihoods(np.zeros((0, len(features.NAMES))), shipped)
    assert none.shape == (0,)
