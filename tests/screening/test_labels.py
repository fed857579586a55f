"""Verdicts become labelled pairs of pictures, which TFDS reads."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tissues import save, tissue

from imgforensics import main
from imgforensics.data import labelled_pairs
from imgforensics.library import libraries
from imgforensics.library import store as stores
from imgforensics.screening import labels, verdicts
from imgforensics.utils.errors import UserError


@pytest.fixture
def case(tmp_path):
    """The folder of a case with five pictures, and their hashes."""
    with stores.writing(tmp_path / "case") as store:
        hashes = [stores.keep_picture(store, tissue(seed, 64, 40 + seed)) for seed in range(5)]
    return tmp_path / "case", hashes


def judge(case, pair, verdict):
    with libraries.existing(case) as library:
        library.judge([verdicts.verdict(pair, verdict, "R. Viewer", "", "0" * 64)])


def test_concerns_are_positives_and_what_is_not_the_same_negatives(case, tmp_path, capsys):
    folder, (a, b, c, d, e) = case
    for pair, verdict in [
        ((a, b), "concern"), ((a, c), "not the same"), ((b, c), "acceptable"), ((c, d), "unsure"),
        ((d, e), "concern"), ((e, d), "not the same"),  # the latest counts
        ((a, e), "not the same"), ((a, e), "unsure"),
        ((a, "f" * 64), "concern"),  # a picture that is not here
        ((b, b), "concern"),
    ]:  # fmt: skip
        judge(folder, pair, verdict)
    main.main(["verdicts", "dataset", str(folder), str(tmp_path / "pairs")])
    assert "3 pairs written" in (told := capsys.readouterr().out)
    assert "2 different, 1 same" in told
    assert "1 more left out: not both of their pictures are here" in told
    builder = tfds.builder_from_directory(tmp_path / "pairs" / "labelled_pairs" / "1.1.0")
    name = builder.info.features["label"].int2str
    with stores.reading(folder) as store:
        found = {}
        for record in builder.as_data_source("pairs"):
            one, other = (record[f"{side}_sha256"].decode() for side in ("first", "second"))
            found[one, other] = name(record["label"])
            for side, digest in (("first", one), ("second", other)):
                np.testing.assert_array_equal(record[side][..., 0], stores.picture(store, digest))
            assert record["group"].decode() in {a, b, c} | {d, e}
    assert found == {
        tuple(sorted((a, b))): "same",
        tuple(sorted((a, c))): "different",
        tuple(sorted((d, e))): "different",
    }
    with pytest.raises(SystemExit):
        main.main(["verdicts", "dataset", str(folder), str(tmp_path / "pairs")])
    assert "not empty" in capsys.readouterr().err


def test_without_labels_nothing_is_written(case, tmp_path, capsys):
    folder, (a, b, *_) = case
    judge(folder, (a, b), "unsure")
    with pytest.raises(SystemExit):
        main.main(["verdicts", "dataset", str(folder), str(tmp_path / "pairs")])
    assert "no pair that was judged" in capsys.readouterr().err
    assert not (tmp_path / "pairs").exists()


def test_without_pictures_nothing_is_written(case, tmp_path, capsys):
    folder, (a, b, *_) = case
    judge(folder, (a, b), "concern")
    stores.picture_path(folder, a).unlink()
    with pytest.raises(SystemExit):
        main.main(["verdicts", "dataset", str(folder), str(tmp_path / "pairs")])
    assert "has not both pictures of any pair that was judged: name" in capsys.readouterr().err
    assert not (tmp_path / "pairs").exists()


def damaged(path):
    path.write_bytes(path.read_bytes()[:-30])


def changed(path):
    save(path, tissue(9, 64, 40))


@pytest.mark.parametrize("change", [damaged, changed])
def test_a_picture_that_is_not_what_was_judged_is_named(case, tmp_path, capsys, change):
    folder, (a, b, *_) = case
    judge(folder, (a, b), "concern")
    change(stores.picture_path(folder, a))
    with pytest.raises(SystemExit):
        main.main(["verdicts", "dataset", str(folder), str(tmp_path / "pairs")])
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and f"{a}.png is missing or damaged: name a new" in line
    with pytest.raises(UserError, match="is incomplete"):
        labelled_pairs.read(tmp_path / "pairs")


def test_labels_are_in_the_order_of_the_hashes():
    given = [
        verdicts.verdict((first, second), "concern", "R", "", "0" * 64)
        for first, second in [("c" * 64, "d" * 64), ("b" * 64, "a" * 64)]
    ]
    there = {each * 64 for each in "abcd"}
    assert labels.labels(given, there) == [
        ("a" * 64, "b" * 64, "same"),
        ("c" * 64, "d" * 64, "same"),
    ]


def test_pairs_that_share_pictures_or_documents_are_one_group():
    pairs = [("a", "b"), ("b", "c"), ("d", "e"), ("f", "g"), ("h", "i")]
    assert labels.groups(pairs, []) == ["a", "a", "d", "f", "h"]
    # A document may be named like a picture.
    places = [("c", "one"), ("d", "one"), ("e", "two"), ("i", "three"), ("g", "h")]
    assert labels.groups(pairs, places) == ["a", "a", "a", "f", "h"]
