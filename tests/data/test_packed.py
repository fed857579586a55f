"""A packed training set is that of its source: its splits, its order, and nearly its pixels."""

import dataclasses

import ml_collections
import numpy as np
import pytest
from PIL import Image

from imgforensics.data import blots, packed, procedural, sources, splits, training_set
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

COUNT, DRAWN, BLOTS = 24, 3, 2
NAMES = np.array([f"{i:02d}" for i in range(COUNT)])


@pytest.fixture(scope="module")
def micrographs():
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (COUNT, 16, 16), np.uint8)
    images = [np.asarray(Image.fromarray(each).resize((256, 256))) for each in coarse]
    return Micrographs(
        images=np.stack(images),
        names=NAMES,
        classes=np.array(["b", "a", "c"] * (COUNT // 3)),
        sources=np.char.add("s", (np.arange(COUNT) // 2).astype(str)),
        summary={"source": "folder"},
    )


@pytest.fixture(scope="module", autouse=True)
def drawn():
    """Pictures in place of those whose drawing is a program of its own."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (100, 16, 16), np.uint8)
    images = np.stack([np.asarray(Image.fromarray(each).resize((256, 256))) for each in coarse])

    def generate(size, seed):
        names = np.array([f"procedural_{seed}_{i:05d}" for i in range(size)])
        kinds = np.array(list(procedural.PAINTERS))[np.arange(size) % len(procedural.PAINTERS)]
        return Micrographs(images[:size], names, kinds, names)

    def to_train_on(count, seed):
        names = np.array([f"blot_{seed}_{i:05d}" for i in range(count)])
        classes = np.array(["layout_0000"] * count)
        return Micrographs(images[::-1][:count], names, classes, names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedural, "generate", generate)
        patch.setattr(blots, "to_train_on", to_train_on)
        yield images


def data(path="", **fields):
    base = {
        "source": "packed",
        "folder": str(path),
        "split": (0.6, 0.2, 0.2),
        "split_seed": 0,
        "held_out": ("c",),
        "added_procedural": DRAWN,
        "added_blots": BLOTS,
        "neighbours": 2,
        "on_device": True,
        "seed": 5,
    }
    return ml_collections.ConfigDict(base | fields)


@pytest.fixture(scope="module")
def path(micrographs, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "pack.npz"
    written = packed.write(path, micrographs, data(), 2_000_000)
    split = splits.of(micrographs, data())
    added = {"added_blots": BLOTS, "added_procedural": DRAWN}
    assert written == (len(split.train), len(split.validation), added, path.stat().st_size)
    return path


def test_splits_are_those_of_the_source_without_the_test(path, micrographs):
    read = sources.load(data(path))
    ours, theirs = splits.of(read, data(path)), splits.of(micrographs, data())
    for part in ("train", "validation"):
        mine, its = getattr(ours, part), getattr(theirs, part)
        for field in ("names", "classes", "sources"):
            np.testing.assert_array_equal(
                getattr(read, field)[mine], getattr(micrographs, field)[its]
            )
        off = read.images[mine].astype(int) - micrographs.images[its]
        assert off.any() and abs(off).mean() < 3
    assert len(ours.test) == len(ours.held_out) == 0
    assert "c" not in read.classes and not set(NAMES[theirs.test]) & set(read.names)


def test_training_images_are_in_the_order_of_the_source(path, micrographs):
    both = []
    for source in (sources.load(data(path)), micrographs):
        both.append(training_set.images(data(), source, splits.of(source, data()).train))
    assert both[0].shape == both[1].shape
    assert abs(both[0].astype(int) - both[1]).mean(axis=(1, 2)).max() < 3


def test_fewer_drawn_images_than_were_packed_are_the_first_ones(path, drawn):
    few = data(path, added_procedural=1, added_blots=1)
    read = sources.load(few)
    added = training_set.images(few, read, splits.of(read, few).train)[-2:]
    assert abs(added.astype(int) - drawn[[0, -1]]).mean() < 3


def test_procedural_images_fill_what_room_there_is(micrographs, path, tmp_path):
    most = path.stat().st_size + packed._RESERVE
    written = packed.write(tmp_path / "full.npz", micrographs, data(added_procedural=100), most)
    assert DRAWN <= written.added["added_procedural"] < 100 and written.size <= most


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"held_out": ()}, r"held_out=\['c'\], and the run has \[\]: use the same"),
        ({"split_seed": 1}, "split_seed=0, and the run has 1: use the same, or pack again"),
        ({"added_procedural": 9}, "has 3 procedural images, and .* is 9: set it to 3 or less"),
        ({"added_blots": 9}, "has 2 drawn blots, and .*added_blots is 9: set it to 2 or less"),
        ({"seed": 6}, "are of the seed 5, and config.data.seed is 6"),
        ({"on_device": False}, "on_device=False needs frozen images"),
        ({"folder": "nowhere.npz"}, "cannot read nowhere.npz: No such file"),
    ],
)
def test_another_run_than_it_was_packed_for_is_refused(path, fields, message):
    with pytest.raises(UserError, match=message):
        sources.load(data(**({"folder": str(path)} | fields)))


def test_what_cannot_be_packed_is_refused(path, micrographs, tmp_path):
    with pytest.raises(UserError, match="exists: nothing is overwritten"):
        packed.write(path, micrographs, data(), 10**6)
    with pytest.raises(UserError, match="the quality is 80; it must be 90 to 100"):
        packed.write(tmp_path / "new", micrographs, data(), 10**6, 80)
    with pytest.raises(UserError, match="micrographs take .* MB, more than 0.3 MB: allow more"):
        packed.write(tmp_path / "new", micrographs, data(), 270_000)
    assert not list(tmp_path.iterdir())


def test_damage_and_other_files_are_told(path, tmp_path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / "damaged.npz").write_bytes(content)
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    for name, message in (("damaged", "damaged"), ("other", "is no packed training set")):
        with pytest.raises(UserError, match=message):
            packed.read(tmp_path / f"{name}.npz", data())


def test_classes_held_out_of_other_sources_must_be_there(micrographs):
    strange = dataclasses.replace(micrographs, absent_classes=())
    with pytest.raises(UserError, match="held_out names 'd'"):
        splits.of(strange, data(held_out=("d",)))
