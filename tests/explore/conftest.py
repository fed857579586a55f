import numpy as np
import pytest

from imgforensics.explore.gallery import Gallery, Images
from imgforensics.models.metric import Metric

NAMES = ["a/</script><b>&.png", 'tab\there "quoted".png', "über.png"]


def build(count=12, forensic=None, side=32):
    """Random images in two clusters, with names that would end an element, a cell or a string."""
    rng = np.random.RandomState(0)
    embeddings = rng.normal(size=(count, 5)).astype(np.float32)
    embeddings[: count // 2, 1] += 8
    names = [*NAMES, *(f"n{number}.png" for number in range(count))][:count]
    images = Images(
        rng.randint(0, 256, (count, side, side)).astype(np.uint8),
        np.array(names),
        np.array([f"class {number % 3}" for number in range(count)]),
        np.array([f"source {number // 2}" for number in range(count)]),
        {},
    )
    if forensic is None:
        forensic = Metric(rng.normal(size=5).astype(np.float32))
    return Gallery(images, embeddings, forensic)


@pytest.fixture
def make():
    return build
