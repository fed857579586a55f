import pathlib

import numpy as np
import pytest

from experiments import reference
from experiments.reference import manipulations
from imgforensics.manipulations import geometry, local_edit

GOLDEN = pathlib.Path(__file__).parents[2] / "golden" / "golden_manipulations.npz"


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def test_every_manipulation_agrees_with_the_authors(golden):
    checks = manipulations.check(golden)
    assert [check.quantity for check in checks] == [
        "rotate",
        "rescale",
        "translate",
        "similarity",
        "perspective",
        "gamma",
        "erase",
        "local_contrast",
        "rectangle",
        "jpeg",
    ]
    assert not [check for check in checks if not check.ok]


@pytest.mark.parametrize(
    "module, name, missed",
    [
        (geometry, "_before_rotation", {"rotate", "similarity"}),
        (geometry, "_before_perspective", {"perspective"}),
        (local_edit, "erase", {"erase"}),
    ],
)
def test_a_mistake_is_a_miss(golden, monkeypatch, module, name, missed):
    """A picture that is moved by a pixel, or edited a pixel further out."""
    original = getattr(module, name)

    def mistaken(first, second, *rest, **named):
        if module is geometry and name == "_before_rotation":
            return original(first, second, -rest[0], *rest[1:])
        if module is geometry:
            return original(first + 1, second, *rest)
        return original(first, second + 1, *rest, **named)

    monkeypatch.setattr(module, name, mistaken)
    misses = {check.quantity for check in manipulations.check(golden) if not check.ok}
    assert missed <= misses


def test_no_number_is_a_miss():
    assert not reference.Check("loss", float("nan"), 1.0).ok
    assert reference.Check("loss", 1.0, 1.0).ok
