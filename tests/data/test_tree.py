import os

import numpy as np
import pytest
from PIL import Image

from imgforensics.data import folder, frozen, new_folder, tree
from imgforensics.data.summary import describe
from imgforensics.utils import pictures
from imgforensics.utils.errors import UserError

LATIN = os.fsdecode(b"caf\xe9")


def save(path, seed=0, side=256):
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)
    Image.fromarray(levels).save(path)


def test_what_is_passed_over_is_named_by_its_ending(tmp_path):
    for name in ("a.czi", "deep/b.CZI", "notes.txt", "README", ".hidden.czi"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=r"passed over: 2 .czi, 1 without an ending, 1 .txt"):
        tree.find(tmp_path)
    save(tmp_path / "a.png", side=32)
    left_out = tree.find(tmp_path).left_out()
    assert left_out["files of other types"] == {".czi": 2, ".txt": 1, "without an ending": 1}
    assert left_out["skipped"] == {"files of other types": 4}
    assert "files of other types (3): .czi 2, " in describe(left_out)


def test_a_folder_that_can_not_be_listed_costs_no_other(tmp_path, monkeypatch):
    for name in ("a/1.png", "b/2.png", "b/shut/3.png"):
        save(tmp_path / name, side=32)
    listed = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = tree.find(tmp_path)
    assert found.files == ["a/1.png", "b/2.png"]
    assert found.left_out()["unlistable"] == {"b/shut": "Permission denied"}


def test_pictures_that_were_drawn_are_no_images(tmp_path):
    save(tmp_path / "a.png", side=32)
    pictures.save(Image.open(tmp_path / "a.png"), tmp_path / "a_b.png", compress_level=1)
    Image.open(tmp_path / "a.png").save(tmp_path / "b.png", pnginfo=None)
    os.mkfifo(tmp_path / "pipe.png")
    found = tree.find(tmp_path)
    assert found.files == ["a.png", "b.png", "pipe.png"]
    assert [image.name for image in found.images()] == ["a.png", "b.png"]
    assert found.left_out()["skipped"] == {"drawn by imgforensics": 1, "unreadable": 1}


def test_blank_images_are_named(tmp_path):
    save(tmp_path / "a.png", side=64)
    noise = np.random.default_rng(0).normal(100, 4, (64, 64)).round().astype(np.uint8)
    corner = np.zeros((64, 192), np.uint8)
    corner[:, :40] = 99
    for name, image in (("noise", noise), ("black", noise * 0), ("corner", corner)):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    found = tree.find(tmp_path)
    assert [image.name for image, _ in found.squares(32)] == ["a.png"]
    assert found.blank == {
        "black.png": "blank: there is nothing to compare",
        "corner.png": "blank in its largest central square, and only that is compared",
        "noise.png": "blank: there is nothing to compare",
    }


def test_names_that_are_not_utf8_go_through_training_sets(tmp_path):
    save(tmp_path / "set" / LATIN / f"{LATIN}.png")
    (tmp_path / "set" / f"{LATIN}.png").write_bytes(b"")
    found = folder.read(tmp_path / "set")
    assert found.classes.tolist() == [LATIN] and found.sources.tolist() == [f"{LATIN}/{LATIN}.png"]
    assert "caf\\xe9.png: the file is empty" in describe(found.summary)
    frozen.freeze(found, tmp_path / "frozen")
    again = frozen.read(tmp_path / "frozen")
    assert again.names.tolist() == found.names.tolist()
    assert again.classes.tolist() == [LATIN] and again.summary == found.summary


def test_a_manifest_names_any_file(tmp_path):
    for name in (f"{LATIN}.png", "=1.png"):
        save(tmp_path / name, side=32)
    (tmp_path / "manifest.csv").write_bytes(
        b"file,class,source\ncaf\xe9.png,\xe9,s\n'=1.png,'@x,t\n"
    )
    labels = tree.find(tmp_path).labels
    assert labels == {f"{LATIN}.png": ("\udce9", "s"), "=1.png": ("@x", "t")}


def test_an_incomplete_folder_is_refused_until_it_is_made_anew(tmp_path):
    half = tmp_path / "half way"
    with pytest.raises(KeyboardInterrupt), new_folder.filling(half) as root:
        save(root / "a.png")
        raise KeyboardInterrupt
    message = f"half way is incomplete, .*: start anew with `rm -r '{half}'` and the same command"
    for use in (new_folder.new_folder, tree.find, frozen.read):
        with pytest.raises(UserError, match=message):
            use(half)
    with new_folder.filling(tmp_path / "whole") as root:
        save(root / "a.png")
    assert tree.find(tmp_path / "whole").files == ["a.png"]


def test_an_error_before_anything_is_written_leaves_an_empty_folder(tmp_path):
    for _ in range(2):
        with pytest.raises(UserError, match="no images"):
            with new_folder.filling(tmp_path / "new"):
                raise UserError("no images")
    assert not os.listdir(tmp_path / "new")
