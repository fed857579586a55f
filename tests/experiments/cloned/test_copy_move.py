"""Clones: where they are pasted, how regions are counted, and the tables."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.cloned import images, judge
from experiments.cloned.images import Cloned
from experiments.tables import table_copy_move
from imgforensics.verification import verdict
from imgforensics.verification.verdict import Verdict


@pytest.fixture(scope="module")
def cloned(tissue):
    """Two kinds of clones of one field, without the manipulations that take long to compile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "KINDS", (images.MOVED, "reflection"))
        return images.clone(np.stack([tissue[100:356, 100:356]] * 5), seed=0)


def test_a_clone_is_what_the_middle_shows(cloned, tissue):
    field = tissue[100:356, 100:356]
    assert [each.kind for each in cloned] == ["nothing but moved"] * 3 + ["reflection"] * 2
    middle = field[92:164, 92:164]
    for each in cloned:
        left, top, right, bottom = each.clone
        assert right - left == bottom - top == images.SIDE
        pasted = each.image[top:bottom, left:right]
        shown = middle if each.kind == images.MOVED else middle[:, ::-1]
        # A reflection about the middle of 128 pixels may be half a pixel off.
        assert np.corrcoef(pasted.ravel(), shown.ravel())[0, 1] > 0.95
        rest = np.ones(field.shape, bool)
        rest[top:bottom, left:right] = False
        np.testing.assert_array_equal(each.image[rest], field[rest])
    corners = {tuple(np.array(each.clone[:2]) > 100) for each in cloned}
    assert len(corners) > 1


def test_clones_do_not_touch_their_sources(cloned):
    for each in cloned:
        apart = [
            each.clone[axis + 2] <= each.source[axis] or each.clone[axis] >= each.source[axis + 2]
            for axis in (0, 1)
        ]
        # The corners of the source are shown by turned views only.
        inner = np.array(each.source) + [5, 5, -5, -5]
        assert any(apart) or all(
            each.clone[axis + 2] <= inner[axis] or each.clone[axis] >= inner[axis + 2]
            for axis in (0, 1)
        )


def test_what_shows_next_to_nothing_is_not_cloned(tissue):
    field = tissue[100:356, 100:356].copy()
    assert images.shows_enough(field)
    field[60:200, 60:200] = 100
    assert not images.shows_enough(field)


def square(left, top, side=40.0):
    return np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side + [left, top]


def found(first, second, name=verdict.SAME):
    return SimpleNamespace(corners=first, corners_in_second=second, judged=Verdict(name, ()))


CLONED = Cloned(np.zeros((256, 256), np.uint8), (72, 72, 184, 184), (2, 3, 74, 75), "turn")
SOURCE, CLONE, ELSEWHERE = square(100, 110), square(20, 20), square(200, 20)


@pytest.mark.parametrize(
    "regions,expected",
    [
        ([], (0, 0, 0)),
        ([found(SOURCE, CLONE)], (1, 1, 0)),
        ([found(CLONE, SOURCE, verdict.PROBABLY_SAME)], (1, 0, 0)),
        ([found(CLONE, ELSEWHERE)], (0, 0, 1)),
        ([found(SOURCE, SOURCE + 3)], (0, 0, 1)),
        ([found(None, None)], (0, 0, 1)),
        ([found(ELSEWHERE, SOURCE), found(SOURCE, CLONE), found(SOURCE, CLONE)], (1, 1, 1)),
    ],
)
def test_regions_find_the_clone_or_something_else(regions, expected):
    told = judge.of_clones([CLONED], lambda image: SimpleNamespace(regions=regions))["turn"]
    assert (told["found"], told["same"], told["else"]) == expected and told["images"] == 1


def outcomes():
    blank, other = np.zeros((8, 8), np.uint8), np.ones((8, 8), np.uint8)
    hit = SimpleNamespace(regions=[found(SOURCE, CLONE)], verdict=verdict.SAME)
    none = SimpleNamespace(regions=[], verdict=verdict.CANT_TELL)
    return {"flat": [blank, blank], "lattice_a": [other, blank]}, lambda x: hit if x.any() else none


def test_whatever_is_found_where_nothing_is_counts():
    told = judge.of_others(*outcomes())
    assert told["flat"]["images"] == 2 and told["flat"]["found"] == told["flat"]["same"] == 0
    assert (told["lattice_a"]["found"], told["lattice_a"]["same"]) == (1, 1)
    everything = judge.total(told)
    assert everything["images"] == 4 and everything["found"] == 1
    # Wilson's interval of 1 in 4.
    np.testing.assert_allclose(everything["interval"], [0.0456, 0.6994], atol=1e-4)


def test_both_tables():
    clones = judge.of_clones(
        [CLONED] * 3, lambda image: SimpleNamespace(regions=[found(SOURCE, CLONE)])
    )
    record = {"clones": clones, "others": judge.of_others(*outcomes())}
    text = table_copy_move.markdown([{"clones": {}}, record])
    assert "| all | 3 | 3 [0.44, 1.00] | 3 | 0 |" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "| lattice a | 2 | 1 [0.09, 0.91] | 1 |" in text.replace("\N{NO-BREAK SPACE}", " ")
