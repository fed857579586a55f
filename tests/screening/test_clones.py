"""What a picture shows at two places is noted where it is as large as a panel has to be."""

from types import SimpleNamespace

import numpy as np
import pytest

from imgforensics.screening import verification


@pytest.mark.parametrize("side, count", [(18, 0), (31, 0), (32, 1), (90, 1)])
def test_two_letters_are_no_region(monkeypatch, side, count):
    corners = 7.0 + side * np.array([[0, 0], [2, 0], [2, 1], [0, 1]])
    region = SimpleNamespace(part=None, matrix=np.eye(3), corners=corners, judged=None)

    def search(image, judges, thorough):
        return SimpleNamespace(regions=[region])

    monkeypatch.setattr(verification.within, "search", search)
    picture = np.zeros((200, 200), np.uint8)
    ((digest, found),) = next(verification.look_within(None, None, ["a"], lambda _: picture))
    assert digest == "a" and len(found) == count
