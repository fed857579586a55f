import pathlib

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "golden_manipulations.npz"


@pytest.fixture(scope="session")
def images():
    """Images of the golden file, uint8 [6, 256, 256]."""
    with np.load(GOLDEN) as golden:
        return golden["images"]


@pytest.fixture(scope="session")
def smooth():
    """A smooth image, float32 [256, 256] in [0, 1], that interpolations agree on."""
    coarse = np.random.RandomState(0).randint(0, 256, (12, 12)).astype(np.uint8)
    large = Image.fromarray(coarse).convert("F").resize((256, 256), Image.Resampling.BICUBIC)
    return jnp.clip(jnp.asarray(np.asarray(large)) / 255, 0, 1)


@pytest.fixture(scope="session")
def crop(images):
    """A crop, float32 [128, 128] in [0, 1]."""
    return jnp.asarray(images[0, 64:192, 64:192], jnp.float32) / 255
