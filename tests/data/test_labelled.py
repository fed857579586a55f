"""Judged pairs as training takes them: read back, split by groups, and put into batches."""

import collections
import io

import ml_collections
import numpy as np
import pytest

from imgforensics.data import frozen, labelled, labelled_pairs
from imgforensics.data.labelled import DRAWN, Labelled
from imgforensics.data.labelled_pairs import Pair
from imgforensics.images.fit import fit_square
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError

SIDE = 32


def _drawn(number):
    shape = 40 + 3 * number, 70
    return np.random.RandomState(number).randint(0, 256, shape).astype(np.uint8)


PICTURES = {digests.of_pixels(each): each for each in map(_drawn, range(5))}
picture = PICTURES.__getitem__
NAMED = dict(zip("abcde", sorted(PICTURES)))  # in the order of their hashes


def named(first, second, label, group="g"):
    return Pair(NAMED[first], NAMED[second], label, group)


def made(pairs, groups=None):
    """Pairs (first, second, is same) of numbers, without images worth the name."""
    size = 1 + max(number for *pair, _ in pairs for number in pair)
    numbers = np.array([pair[:2] for pair in pairs])
    groups = np.array(groups or [""] * len(pairs))
    images = np.broadcast_to(np.uint8(0), (size, 256, 256))
    return Labelled(images, numbers, np.array([pair[2] for pair in pairs]), groups)


def test_pairs_come_back(tmp_path):
    pairs = [named("a", "b", "same"), named("a", "c", "different"), named("d", "e", "same", "h")]
    labelled_pairs.write(tmp_path / "pairs", pairs[::-1], picture)
    found, pictures = labelled_pairs.read(tmp_path / "pairs")
    assert found == pairs and pictures.keys() == PICTURES.keys()
    for digest, pixels in pictures.items():
        np.testing.assert_array_equal(pixels, picture(digest))
    read = labelled.read(tmp_path / "pairs", SIDE)
    assert read.same.tolist() == [True, False, True] and read.groups.tolist() == ["g", "g", "h"]
    for pair, (first, second) in zip(pairs, read.pairs):
        for place, digest in ((first, pair.first), (second, pair.second)):
            seen = read.images[place][112:144, 112:144]
            np.testing.assert_array_equal(seen, fit_square(picture(digest), SIDE))


def test_what_contradicts_others_is_left_out(tmp_path, capsys):
    pairs = [named("a", "b", "same"), named("b", "c", "same"), named("a", "c", "different"),
             named("a", "d", "different")]  # fmt: skip
    labelled_pairs.write(tmp_path / "pairs", pairs, picture)
    read = labelled.read(tmp_path / "pairs", SIDE)
    assert read.same.tolist() == [True, False, True]
    assert "1 labelled pair(s) contradict" in capsys.readouterr().out


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(UserError, match="holds no labelled pairs of this version: write them"):
        labelled_pairs.read(tmp_path)
    labelled_pairs.write(tmp_path / "pairs", [named("a", "b", "same")], picture)
    for file in tmp_path.glob("pairs/*/*/*array_record*"):
        file.write_bytes(b"nothing")
    with pytest.raises(UserError, match="is damaged"):
        labelled_pairs.read(tmp_path / "pairs")
    for file in tmp_path.glob("pairs/*/*/*array_record*"):
        file.unlink()
    with pytest.raises(UserError, match="is damaged .*: remove and prepare it again$"):
        labelled_pairs.read(tmp_path / "pairs")


@pytest.mark.parametrize("side", ["first", "second"])
def test_a_picture_that_is_not_the_judged_one_is_refused(tmp_path, side):
    pair = named("a", "b", "same")
    changed = getattr(pair, side)
    pictures = PICTURES | {changed: _drawn(7)}
    labelled_pairs.write(tmp_path / "pairs", [pair], pictures.__getitem__)
    with pytest.raises(UserError, match=f"is damaged .the picture {changed} is another one.: rem"):
        labelled_pairs.read(tmp_path / "pairs")


def test_a_picture_that_is_damaged_is_named(tmp_path, monkeypatch):
    png = frozen.png
    monkeypatch.setattr(frozen, "png", lambda image: io.BytesIO(png(image).getvalue()[:-200]))
    labelled_pairs.write(tmp_path / "pairs", [named("a", "b", "same")], picture)
    with pytest.raises(UserError, match=f"the picture {NAMED['a']} can't be read"):
        labelled_pairs.read(tmp_path / "pairs")


@pytest.mark.parametrize("side", [1, 31, 128, 256])
def test_around_its_centre_a_picture_is_mirrored(side):
    image = labelled.as_micrograph(picture(NAMED["c"]), side)
    assert image.shape == (256, 256) and image.dtype == np.uint8
    before = (256 - side) // 2
    centre = image[before : before + side, before : before + side]
    np.testing.assert_array_equal(centre, fit_square(picture(NAMED["c"]), side))
    if side < 256:
        np.testing.assert_array_equal(image[before - 1], image[before])


def data(*shares):
    return ml_collections.ConfigDict({"split": shares, "split_seed": 0, "labelled": "PAIRS"})


def test_sets_share_no_group():
    groups = [f"g{number // 3}" for number in range(60)]
    pairs = made([(2 * number, 2 * number + 1, True) for number in range(60)], groups)
    train, validation = labelled.split(pairs, data(0.6, 0.2, 0.2))
    assert (len(train.pairs), len(validation.pairs)) == (36, 12)
    assert not set(train.groups) & set(validation.groups)
    assert len(train.images) == 72 and train.pairs.max() == 71
    with pytest.raises(UserError, match=r"of 2 group\(s\) .* judge pairs of more documents"):
        labelled.split(made([(0, 1, True), (2, 3, True)], ["g", "h"]), data(0.6, 0.2, 0.2))


def clustered(rng):
    """Pairs of 40 pictures of which 0 to 9 are in threes and the others alone."""
    same = [(3 * number, 3 * number + other, True) for number in range(4) for other in (1, 2)]
    drawn = {tuple(sorted(rng.choice(40, 2, replace=False).tolist())) for _ in range(60)}
    apart = [pair for pair in sorted(drawn) if pair[0] // 3 != pair[1] // 3 or pair[1] > 11]
    return made(same + [(*pair, False) for pair in apart])


@pytest.mark.parametrize("triplets", [True, False])
@pytest.mark.parametrize("places", [2, 5, 24])
def test_batches_hold_every_pair_and_nothing_twice(places, triplets):
    pairs = clustered(np.random.RandomState(places))
    found = labelled.batches(pairs, places, triplets)
    assert found.dtype == np.int32 and found.shape[1:] == (places, 3)
    times = collections.Counter()
    for batch in found:
        rows = [tuple(row) for row in batch.tolist() if row[0] != DRAWN]
        shown = [
            number if number > 11 else f"of {number // 3}"
            for first, same, different in rows
            for number in ({first, same, different} - {DRAWN} if triplets else {first})
        ]
        # A pair that is the same is one thing, and any other is two.
        ones = sum(same != first for first, same, _ in rows) if triplets else 0
        assert len(set(shown)) == len(shown) - ones and len(rows) > 0
        for first, same, different in rows:
            if same != first:
                times[first, same] += 1
            elif triplets:
                times[first, different] += 1
            else:
                assert different == DRAWN
        alone = [first for first, same, _ in rows if same == first]
        if not triplets:
            times.update(zip(alone[::2], alone[1::2]))
    assert times.keys() == set(map(tuple, pairs.pairs.tolist()))
    assert min(times.values()) >= 8


def test_the_same_pairs_make_the_same_batches():
    pairs = clustered(np.random.RandomState(0))
    np.testing.assert_array_equal(
        labelled.batches(pairs, 6, True), labelled.batches(pairs, 6, True)
    )


def config(share, on_device=True):
    section = {"labelled": "PAIRS", "labelled_share": share, "on_device": on_device}
    return ml_collections.ConfigDict({"data": section, "batch_size": 16})


def test_shares_that_do_not_do_are_refused():
    assert labelled.places(config(0.25)) == 4 and labelled.places(config(1.0)) == 16
    for share in (0.0, 0.06, 1.1):
        with pytest.raises(UserError, match="labelled_share is .* give at least 0.12 and at most"):
            labelled.check(config(share))
    with pytest.raises(UserError, match="labelled needs the images in memory"):
        labelled.check(config(0.25, on_device=False))
