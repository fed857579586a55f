"""Where distances have no scale of their own, f <= 1 means "same" all the same."""

import jax
import numpy as np
import pytest

from imgforensics.data import sources, splits
from imgforensics.evaluation import synthetic
from imgforensics.inference import embed, weights
from imgforensics.models import build, metric
from imgforensics.testsets import triplet_sets
from imgforensics.training import state as states
from imgforensics.training import step as steps


def test_validation_pairs_are_told_apart_at_one(tiny, tmp_path):
    config = tiny.copy_and_resolve_references()
    config.loss.name, config.model.metric = "facenet", "squared_l2"
    config.model.channels = (4,)
    for step in ("gamma", "local_edit"):  # not compiled
        config.manipulations[step].probability = 0.0
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    state = jax.jit(lambda: states.create(config, network, optimizer))()
    micrographs = sources.load(config.data)
    validation = splits.split(micrographs, config.data.split, config.data.split_seed).validation
    triplets = triplet_sets.triplet_set(
        triplet_sets.validation_key(config.seed),
        micrographs.images[validation],
        config.validation_triplets,
        config.manipulations,
    )
    state, _ = jax.jit(steps.make_validation(config, network))(state, np.stack(triplets))
    model = weights.Model(config, state.best.params, state.best.moments, 0)
    threshold = float(model.moments["threshold"])
    assert threshold not in (0, 1)

    # Exported weights have the threshold, too.
    weights.export(model, tmp_path / "weights.npz")
    model = weights.load(tmp_path / "weights.npz")
    assert float(model.moments["threshold"]) == threshold

    # No other threshold would be better for what the evaluation measures.
    measured = synthetic.validation(model, micrographs, validation)
    likelihoods = (np.array(measured[f"likelihood_{name}"]) for name in ("same", "different"))
    same, different = (1 - np.log(p / (1 - p)) for p in likelihoods)
    assert min(same) < 1 < max(different)
    best = max(((same <= cut).mean() + (different > cut).mean()) / 2 for cut in [*same, *different])
    assert measured["accuracy"] == pytest.approx(best) and best > 0.5

    # And embeddings are compared by the distance of the loss.
    first, second = np.random.default_rng(0).normal(size=(2, 3, 8)).astype(np.float32)
    f = np.square(first - second).sum(axis=1) / threshold
    np.testing.assert_allclose(
        embed.likelihood(model, first, second), metric.likelihood(f), rtol=1e-5
    )
