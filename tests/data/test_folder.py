import os

import numpy as np
import pytest
from PIL import Image

from imgforensics.data import folder
from imgforensics.data.summary import describe
from imgforensics.utils.errors import UserError


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def save(root, name, array):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(root / name)


def test_crops_classes_and_sources(tmp_path):
    image = noise(600, 800)
    save(tmp_path, "worms/deep/b.png", image)
    save(tmp_path, "worms/a.png", noise(256, 256, 1))
    save(tmp_path, "c.tif", noise(300, 511, 2))
    data = folder.read(tmp_path)
    assert data.images.shape == (8, 256, 256) and data.images.dtype == np.uint8
    assert list(data.names[:3]) == [
        "c.tif_r00000_c00000",
        "worms/a.png_r00000_c00000",
        "worms/deep/b.png_r00000_c00000",
    ]
    assert list(data.classes) == [tmp_path.name] + ["worms"] * 7
    assert list(data.sources) == ["c.tif", "worms/a.png"] + ["worms/deep/b.png"] * 6
    np.testing.assert_array_equal(data.images[7], image[256:512, 512:768])
    assert data.names[7] == "worms/deep/b.png_r00256_c00512"
    assert data.split is None
    assert data.summary["crops"] == 8
    assert data.summary["crops of each class"] == {tmp_path.name: 1, "worms": 7}


def test_near_blank_crops_are_left_out_and_counted(tmp_path):
    image = np.zeros((256, 1024), np.uint8)
    image[:, 256:512] = np.tile([100, 104], 128)  # standard deviation 2
    image[:, 512:768] = np.tile([100, 108], 128)  # 4
    image[100:120, 800:820] = 255  # sparse, yet not blank
    save(tmp_path, "a.png", image)
    data = folder.read(tmp_path)
    assert [name[-5:] for name in data.names] == ["00512", "00768"]
    assert data.summary["skipped"] == {"near-blank crops": 2}
    assert len(folder.read(tmp_path, min_contrast=1)) == 3


def test_bad_files_are_skipped_named_and_counted(tmp_path, capsys):
    save(tmp_path, "good.png", noise(256, 256))
    save(tmp_path, "small.png", noise(255, 900))
    save(tmp_path, "one.png", noise(1, 1))
    data = (tmp_path / "good.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.tif").touch()
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_text("hello")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    summary = folder.read(tmp_path).summary
    assert summary["images"] == 7 and summary["images used"] == 1
    assert summary["skipped"] == {
        "files of other types": 1,
        "smaller than 256x256": 1,
        "unreadable": 4,
        "blank": 1,
    }
    assert summary["blank"] == {"one.png": "blank: there is nothing to compare"}
    assert summary["files of other types"] == {".txt": 1}
    assert list(summary["unreadable"]) == ["cut.png", "empty.tif", "gone.jpg", "text.png"]
    assert "truncated" in summary["unreadable"]["cut.png"]
    assert "reading images" in capsys.readouterr().err
    text = describe(summary)
    assert "  text.png: its content is of the kind text, which is not read; name an image\n" in text
    assert "unreadable 4" in text and max(map(len, text.splitlines())) <= 100


def test_links_in_a_loop_are_entered_once(tmp_path):
    save(tmp_path, "a/b.png", noise(256, 256))
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "z").symlink_to(tmp_path / "a", target_is_directory=True)
    assert list(folder.read(tmp_path).sources) == ["a/b.png"]


def test_linked_folder_is_read(tmp_path):
    save(tmp_path, "elsewhere/b.png", noise(256, 256))
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "cells").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert list(folder.read(tmp_path / "root").classes) == ["cells"]


def test_manifest_names_class_and_source(tmp_path):
    for i, name in enumerate(["x/a.png", "x/b.png", "y/c.png", "left_out.png"]):
        save(tmp_path, name, noise(256, 256, i))
    (tmp_path / "manifest.csv").write_text(
        "file,note,class,source\n"
        'x/a.png,,worms,s1\n./x/b.png,"a, b",worms,s1\ny/c.png,,yeast,s2\ngone.png,,yeast,s3\n',
        encoding="utf-8-sig",
    )
    data = folder.read(tmp_path)
    assert list(data.classes) == ["worms", "worms", "yeast"]
    assert list(data.sources) == ["s1", "s1", "s2"]
    assert data.summary["skipped"] == {
        "not named in manifest.csv": 1,
        "named in manifest.csv but missing": 1,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,class\na.png,x\n", "manifest.csv has no column source"),
        ("", "manifest.csv has no column class, file, source"),
        ("file,class,source\na.png,,s\n", "manifest.csv line 2: file, class or source is empty"),
        ("file,class,source\na.png,x\n", "manifest.csv line 2: file, class or source is empty"),
        ("file,class,source\na.png,x,s\na.png,y,s\n", "line 3: a.png is named twice"),
        ('file,class,source\na.png,"x,s\n', "manifest.csv is no CSV table: unexpected end"),
        ('file,class,source\na.png,"x"y,s\n', "manifest.csv line 2: .* expected after"),
    ],
)
def test_malformed_manifest(tmp_path, text, message):
    save(tmp_path, "a.png", noise(256, 256))
    (tmp_path / "manifest.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=message):
        folder.read(tmp_path)


def test_crops_may_be_kept_on_a_disk(tmp_path):
    for number in range(3):
        save(tmp_path, f"images/{number}.png", noise(512, 256, number))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    data = folder.read(tmp_path / "images", scratch=scratch)
    assert isinstance(data.images, np.memmap) and not list(scratch.iterdir())
    np.testing.assert_array_equal(data.images, folder.read(tmp_path / "images").images)


def test_unusable_folders(tmp_path):
    with pytest.raises(UserError, match="nowhere is not a folder"):
        folder.read(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no image"):
        folder.read(tmp_path)
    save(tmp_path, "blank.png", np.zeros((256, 512), np.uint8))
    save(tmp_path, "one.png", noise(1, 1))
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(UserError) as error:
        folder.read(tmp_path)
    for part in (str(tmp_path), "blank: 2", "unreadable: 1"):
        assert part in str(error.value)


def test_folder_that_may_not_be_listed(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UserError, match=f"cannot list {tmp_path}: Permission denied"):
        folder.read(tmp_path)
