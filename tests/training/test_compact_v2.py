"""The config for a borrowed GPU, with all that it turns on, at a size that a CPU trains at once."""

import jax
import numpy as np
import pytest

from imgforensics.training import configs, loop, writers

pytestmark = pytest.mark.usefixtures("hardly_optimized")


@pytest.mark.slow
def test_it_trains_with_re_use_edits_blots_and_a_spread(textures, tmp_path):
    config = configs.load("compact_v2")
    turned_on = ("overlap", "retouch", "brush", "resampling", "lines", "print_scan", "earlier_jpeg")
    assert all(config.manipulations[step].probability > 0 for step in turned_on)
    assert config.loss.spread > 0 and config.data.added_blots > 0
    config.data.source, config.data.folder = "folder", str(textures)
    config.data.split = (0.7, 0.2, 0.1)
    config.data.added_procedural, config.data.added_blots, config.data.neighbours = 0, 4, 2
    config.manipulations.output_size = 32
    config.model.channels, config.model.blocks = (1,), (1,)
    config.model.pooled_features = config.model.arranged_features = 2
    config.model.hidden_features = config.model.embedding_features = 4
    config.batch_size, config.validation_triplets = 8, 6
    config.steps = config.optimizer.decay_steps = config.validate_every = 4
    config.optimizer.warmup_steps = 1
    state = loop.train(config, tmp_path, num_devices=2)
    assert int(state.latest.step) == 4
    for weights in (state.latest, state.average):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(weights.params))
    [line] = writers.read(tmp_path)
    assert 0 < line["gradient_norm"] < np.inf and np.isfinite(line["average_validation_loss"])
