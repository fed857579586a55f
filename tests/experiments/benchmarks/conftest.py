"""A config whose step is little to compile."""

import pytest

from configs import paper


@pytest.fixture
def trifle():
    """The paper's network, small in every way, with the manipulations that compile quickly."""
    config = paper.get_config()
    config.batch_size = 8
    config.model.channels = (4, 8)
    config.model.hidden_features = 16
    config.manipulations.output_size = 32
    for step in ("gamma", "local_edit"):
        config.manipulations[step].probability = 0.0
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)
    return config
