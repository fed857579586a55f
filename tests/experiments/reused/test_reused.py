"""A folder with copies, at which ranks these are found, and the table of it."""

import numpy as np
from PIL import Image

from experiments.reused import folder
from experiments.tables import table_reused
from imgforensics.testsets import build


def test_names_tell_nothing_and_the_truth_tells_all(tmp_path, monkeypatch):
    def darker(images, *_):
        return images, images[:, ::2, ::2] // 2

    monkeypatch.setattr(build, "manipulated_copies", darker)
    monkeypatch.setattr(build, "composite_copies", darker)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (folder.IMAGES - folder.COPIES, 256, 256), np.uint8)
    reused = folder.write(tmp_path, images, seed=0)
    assert len(list(tmp_path.iterdir())) == folder.IMAGES == 48 and len(reused) == 13
    assert {each.kind for each in reused} == {"§3.3", "composite edits"}
    numbers = [int(each.copy[:2]) for each in reused]
    assert sorted(numbers) != list(range(35, 48))
    for each, image in zip(reused, images):
        original, copy = (np.asarray(Image.open(tmp_path / name)) for name in each[:2])
        np.testing.assert_array_equal(original, image)
        np.testing.assert_array_equal(copy, image[::2, ::2] // 2)


def row(rank, a, b):
    return {"rank": str(rank), "document_a": f"x/{a}.png", "document_b": f"x/{b}.png"}


def test_ranks_are_of_the_first_row_in_either_order():
    reused = [folder.Reuse("1.png", "2.png", "a"), folder.Reuse("3.png", "4.png", "a")]
    rows = [row(1, 5, 6), row(2, 2, 1), row(3, 1, 2), row(4, 1, 4)]
    assert folder.ranks(rows, reused) == [2, None]


def test_what_is_sure_of_different_images_is_false():
    reused = [folder.Reuse("1.png", "2.png", "a")]
    rows = [
        row(1, 2, 1) | {"status": "verified"}, row(2, 3, 1) | {"status": "possible"},
        row(3, 3, 4) | {"status": "not verified"},
    ]  # fmt: skip
    assert folder.false_rows(rows, reused) == 1


def test_the_table_says_what_comes_late():
    each = [{"rank": rank} for rank in (1, 2, 5, None)]
    record = {"reused": {"images": 9, "folders": [
        {"seed": 3, "rows": 7, "reused": each, "false_rows": 2,
         "expected_false": 1.26},
    ]}}  # fmt: skip
    assert table_reused.rows([record])[1] == ("3", "2 of 4", "5, not listed", "7", "2", "1.3")
