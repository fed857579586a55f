import dataclasses

import numpy as np
import pytest

from configs import common
from imgforensics.data import splits
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

PAPER = (4000 / 5215, 500 / 5215, 715 / 5215)


def micrographs(sources, split=None):
    count = len(sources)
    return Micrographs(
        images=np.zeros((count, 1, 1), np.uint8),
        names=np.arange(count).astype(str),
        classes=np.full(count, "class"),
        sources=np.asarray(sources),
        split=split,
    )


def sources_of_sets(data, fractions, seed=0):
    return [set(data.sources[indices]) for indices in splits.split(data, fractions, seed)[:3]]


def test_sizes_of_the_paper():
    data = micrographs([f"s{i}" for i in range(5215)])
    result = splits.split(data, PAPER, 0)
    assert [len(indices) for indices in result] == [4000, 500, 715, 0]
    np.testing.assert_array_equal(np.sort(np.concatenate(result)), np.arange(5215))
    assert all((np.diff(indices) > 0).all() for indices in result)


def test_crops_of_one_source_stay_together():
    rng = np.random.default_rng(0)
    data = micrographs([f"s{i}" for i in rng.integers(0, 300, 2000)])
    sets = splits.split(data, PAPER, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate(sets)), np.arange(2000))
    train, validation, test = sources_of_sets(data, PAPER)
    assert not (train & validation or train & test or validation & test)
    exact = np.array(PAPER) * 2000
    assert np.abs([len(indices) for indices in sets[:3]] - exact).max() <= 1


def test_seed_decides_and_order_of_files_does_not():
    names = np.array([f"s{i // 3}" for i in range(300)])
    shuffled = np.random.default_rng(0).permutation(names)
    first = sources_of_sets(micrographs(names), PAPER, seed=1)
    assert first == sources_of_sets(micrographs(shuffled), PAPER, seed=1)
    assert first != sources_of_sets(micrographs(names), PAPER, seed=2)


def test_every_source_can_land_in_every_set():
    data = micrographs([f"s{i}" for i in range(10)])
    landed = [sources_of_sets(data, (0.4, 0.3, 0.3), seed) for seed in range(40)]
    for which in range(3):
        assert set.union(*(sets[which] for sets in landed)) == set(data.sources)


def test_sources_larger_than_a_set():
    for counts in [(1000, 1, 1), (100, 100, 100), (500, 400, 3, 2), (1, 1, 1)]:
        data = micrographs(np.repeat([f"s{i}" for i in range(len(counts))], counts))
        sizes = [len(indices) for indices in splits.split(data, PAPER, 0)[:3]]
        assert min(sizes) > 0 and sum(sizes) == sum(counts)
        assert sizes[0] == max(sizes)


def test_a_source_too_many_is_taken_where_it_ends_nearer():
    data = micrographs(np.repeat([f"s{i}" for i in range(10)], 4))  # 26, 7 and 7 of 40 are asked
    sizes = [len(indices) for indices in splits.split(data, (0.65, 0.175, 0.175), 0)[:3]]
    assert sizes == [24, 8, 8]


def test_a_share_of_zero_is_empty():
    data = micrographs(["a", "b", "c", "d"])
    assert [len(s) for s in splits.split(data, (0.5, 0.5, 0), 0)] == [2, 2, 0, 0]
    assert [len(s) for s in splits.split(micrographs(["a", "a"]), (0, 0, 1), 0)] == [0, 0, 2, 0]


def test_the_data_sets_own_split_wins():
    own = np.array(["test", "train", "validation", "train"])
    result = splits.split(micrographs(["a"] * 4, own), PAPER, 0)
    assert [list(indices) for indices in result[:3]] == [[1, 3], [2], [0]]


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.5, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_fractions_must_be_shares(fractions):
    with pytest.raises(UserError, match="three shares"):
        splits.split(micrographs(["a", "b", "c"]), fractions, 0)


def test_too_few_sources():
    with pytest.raises(UserError, match=r"2 source image\(s\) can't make 3 sets"):
        splits.split(micrographs(["a", "b", "b"]), PAPER, 0)


def test_classes_are_held_out_of_all_sets_and_the_rest_stays():
    data = micrographs([f"s{i}" for i in range(60)])
    classes = np.array(["a", "b", "c"])[np.arange(60) % 3]
    data = dataclasses.replace(data, classes=classes)
    whole = splits.split(data, PAPER, 0)
    assert len(whole.held_out) == 0
    result = splits.split(data, PAPER, 0, held_out=("b",))
    np.testing.assert_array_equal(result.held_out, np.arange(1, 60, 3))
    for kept, before in zip(result[:3], whole[:3]):
        np.testing.assert_array_equal(kept, before[classes[before] != "b"])


def test_a_class_that_is_not_there_cannot_be_held_out():
    with pytest.raises(UserError, match="held_out names 'nosuch', .* the classes are class$"):
        splits.split(micrographs(["a", "b", "c"]), PAPER, 0, held_out=("nosuch",))


def test_other_micrographs_need_not_have_the_classes_that_a_trained_run_held_out():
    config = common.get_config().unlock()
    config.data.held_out = ("nosuch", "b")
    data = micrographs([f"s{i}" for i in range(60)])
    data = dataclasses.replace(data, classes=np.array(["a", "b"])[np.arange(60) % 2])
    with pytest.raises(UserError, match="held_out names 'nosuch'"):
        splits.of(data, config.data)
    found = splits.of(data, config.data, trained=True)
    np.testing.assert_array_equal(found.held_out, np.arange(1, 60, 2))
