import dataclasses

import numpy as np
import pytest

from imgforensics.data import splits
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.real_cases import Cases
from imgforensics.manipulations import ranges
from imgforensics.testsets import build, pair_sets
from imgforensics.utils.errors import UserError

CLASSES = 4


@pytest.fixture(scope="module")
def few():
    """48 micrographs in 4 classes and 24 sources; each says in its pixels which it is."""
    number = np.arange(48)
    images = np.full((48, 256, 256), number[:, None, None] * 5, np.uint8)
    images[:, ::7] += 3
    return Micrographs(
        images=images,
        names=np.array([f"n{i}" for i in number]),
        classes=np.array([f"c{i // 2 % CLASSES}" for i in number]),
        sources=np.array([f"s{i // 2}" for i in number]),
    )


def central(images, seed):
    """Anchors are crops; copies are paler ones."""
    crops = images[:, 64:-64, 64:-64]
    return crops, crops + np.uint8(1)


ALL = np.arange(48)


def of(few, indices=ALL, size=20, negatives=30, seed=0):
    return pair_sets.of_micrographs("some", few, indices, central, size, negatives, seed)


def origin(pairs):
    """The number of the micrograph of each image, from its pixels."""
    return pairs.images[:, 0, 1] // 5


def test_labels_are_those_of_the_micrographs(few):
    pairs = of(few)
    first, second = origin(pairs)[pairs.pairs].T
    assert pairs.images.shape == (40, 128, 128) and pairs.images.dtype == np.uint8
    np.testing.assert_array_equal(few.sources[origin(pairs)], pairs.sources)
    one_class, one_source = few.classes[first] == few.classes[second], first // 2 == second // 2
    for kind, expected in {
        "copy": first == second,
        "random": ~one_source,
        "same_class": one_class & ~one_source,
        "same_source": one_source & (first != second),
    }.items():
        assert expected[pairs.kind == kind].all() and (pairs.kind == kind).any()
    np.testing.assert_array_equal(pairs.is_copy, pairs.kind == "copy")
    np.testing.assert_array_equal(pairs.is_copy, first == second)


def test_anchors_come_first_and_meet_copies(few):
    pairs = of(few)
    assert (pairs.pairs[:, 0] < 20).all() and (pairs.pairs[:, 1] >= 20).all()
    assert (pairs.images[20:] - pairs.images[:20] == 1).all()


def test_no_pair_comes_twice_and_each_copy_once(few):
    pairs = of(few)
    for kind in pair_sets.KINDS:
        of_kind = pairs.pairs[pairs.kind == kind]
        assert len({tuple(pair) for pair in of_kind.tolist()}) == len(of_kind)
    assert sorted(origin(pairs)[:20]) == sorted(set(origin(pairs)[:20]))
    counts = pair_sets.describe(pairs)["pairs"]
    assert counts["copy"] == 20 and counts["random"] == counts["same_class"] == 30


def test_a_seed_gives_a_set(few):
    again, other = of(few), of(few, seed=1)
    for part, its in zip(of(few)[1:], again[1:]):
        np.testing.assert_array_equal(part, its)
    assert pair_sets.digest(again) == pair_sets.digest(of(few)) != pair_sets.digest(other)
    relabelled = again._replace(is_copy=~again.is_copy)
    assert pair_sets.digest(relabelled) != pair_sets.digest(again)


def test_images_come_from_the_split_alone(few):
    config = {"fractions": (0.4, 0.3, 0.3), "seed": 0, "held_out": ("c3",)}
    split = splits.split(few, **config)
    sets = [of(few, indices, size=99) for indices in (split.validation, split.test, split.held_out)]
    sources = [set(pairs.sources) for pairs in sets]
    for some, indices in zip(sources, (split.validation, split.test, split.held_out)):
        assert some == set(few.sources[indices])
    assert not (sources[0] & sources[1] or sources[0] & sources[2] or sources[1] & sources[2])
    assert set(few.classes[origin(sets[2])]) == {"c3"}
    assert "c3" not in few.classes[origin(sets[0])] and "c3" not in few.classes[origin(sets[1])]
    # One class is all that is held out: random negatives are of that class, too.
    assert pair_sets.describe(sets[2])["pairs"]["random"] == 30


def test_images_of_equal_pixels_are_no_negatives(few):
    images = few.images.copy()
    images[1::2] = images[::2]  # both of each source
    pairs = of(dataclasses.replace(few, images=images), size=48)
    assert pair_sets.describe(pairs)["pairs"]["same_source"] == 0
    images[:] = images[0]
    assert pair_sets.describe(of(dataclasses.replace(few, images=images)))["pairs"]["random"] == 0


def test_two_sources_are_needed(few):
    with pytest.raises(UserError, match="some has images of 1 source image.s."):
        of(few, np.array([2, 3]))


def test_every_named_set_is_built(few, monkeypatch):
    made = []

    def record(name):
        return lambda images, *rest: made.append((name, len(images), rest)) or central(images, 0)

    monkeypatch.setattr(build, "manipulated_copies", record("manipulated"))
    monkeypatch.setattr(build, "composite_copies", record("composite"))
    split = splits.split(few, (0.4, 0.3, 0.3), 0, ("c3",))
    for name in ("validation_v01", "test_v02", "held_out_composite"):
        pairs = build.build(few, split, name, 8, 5, 3)
        assert pairs.name == name and pair_sets.describe(pairs)["pairs"]["copy"] == 8
        part = getattr(split, name.rpartition("_")[0])
        assert set(origin(pairs)) <= set(part)
    (_, _, first), (_, _, second), third = made
    assert first[0] == ranges.v01() and second[0] == ranges.v02() and first[1] == 3
    assert third == ("composite", 8, (3,))
    with pytest.raises(UserError, match="no set of pairs 'train_v01': choose of validation_v01"):
        build.build(few, split, "train_v01", 8, 5, 3)


def test_manipulated_copies_are_of_their_anchors(micrographs):
    config = ranges.v01()
    for section in ("clutter",):
        config[section].rectangle = config[section].text = 0.0
    config.local_edit.probability = 0.0
    anchors, copies = build.manipulated_copies(micrographs.images[:6], config, 0)
    assert anchors.dtype == copies.dtype == np.uint8 and copies.shape == (6, 128, 128)
    np.testing.assert_array_equal(anchors, micrographs.images[:6, 64:-64, 64:-64])
    assert (anchors != copies).any(axis=(1, 2)).sum() >= 3
    again, other = (build.manipulated_copies(micrographs.images[:6], config, s) for s in (0, 1))
    np.testing.assert_array_equal(again[1], copies)
    assert (other[1] != copies).any()


def test_composite_copies_depend_on_nothing_but_seed_and_place(micrographs):
    anchors, copies = build.composite_copies(micrographs.images[:4], 0)
    np.testing.assert_array_equal(anchors, micrographs.images[:4, 64:-64, 64:-64])
    assert copies.shape == (4, 128, 128) and copies.dtype == np.uint8
    again, other = (build.composite_copies(micrographs.images[:2], s)[1] for s in (0, 1))
    np.testing.assert_array_equal(again, copies[:2])
    assert (other != copies[:2]).any()
    twice = np.stack([micrographs.images[0]] * 2)
    first, second = build.composite_copies(twice, 0)[1]
    assert (first != second).any()


def test_a_folder_of_classes():
    labels = np.array(["a", "a", "a", "b", "b", "c", "c"])
    images = np.arange(7, dtype=np.uint8)[:, None, None] + np.zeros((7, 128, 128), np.uint8)
    pairs = pair_sets.of_cases("real", Cases(images, labels, {}), 99, 6, 0)
    first, second = pairs.pairs.T
    assert (first < second).all()
    np.testing.assert_array_equal(pairs.is_copy, labels[first] == labels[second])
    assert pair_sets.describe(pairs)["pairs"] == {
        "copy": 5, "random": 6, "same_class": 0, "same_source": 0,
    }  # fmt: skip
    np.testing.assert_array_equal(pairs.sources, labels)
    fewer = pair_sets.of_cases("real", Cases(images, labels, {}), 2, 3, 0)
    assert fewer.is_copy.tolist() == [True] * 2 + [False] * 3


def test_drawn_blots_share_their_layout_with_others(few, monkeypatch):
    monkeypatch.setattr(build, "composite_copies", central)
    made = build.build(few, None, "blots_composite", size=8, negatives=9, seed=0)
    assert made.kind.tolist().count("copy") == 8
    layouts = np.array([source.rpartition("_")[2] for source in made.sources]).astype(int) // 4
    first, second = layouts[made.pairs[made.kind == "same_class"]].T
    assert len(first) and (first == second).all() and not (made.kind == "same_source").any()
