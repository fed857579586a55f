"""Columns: what was committed is there, and nothing else."""

import errno

import numpy as np
import pytest

from imgforensics.library import catalogue, columns, store
from imgforensics.library.columns import Column
from imgforensics.utils.errors import UserError

COLUMN = Column("numbers", np.dtype(np.float32), (3,))


@pytest.fixture
def case(tmp_path):
    with store.writing(tmp_path / "case") as opened:
        yield opened


def add(case, values):
    with catalogue.transaction(case.catalogue):
        return columns.append(case, COLUMN, np.asarray(values, np.float32))


def test_records_come_back_in_their_order(case):
    assert columns.read(case, COLUMN).shape == (0, 3)
    assert add(case, np.ones((2, 3))) == 0
    assert add(case, 2 * np.ones((1, 3))) == 2
    np.testing.assert_array_equal(columns.read(case, COLUMN)[:, 0], [1, 1, 2])
    assert columns.count(case, COLUMN) == 3


def test_what_was_not_committed_is_cut_off(case):
    add(case, np.ones((2, 3)))
    with pytest.raises(KeyboardInterrupt), catalogue.transaction(case.catalogue):
        columns.append(case, COLUMN, 7 * np.ones((5, 3), np.float32))
        raise KeyboardInterrupt
    path = case.folder / "columns" / "numbers"
    assert path.stat().st_size == 7 * 12  # it was written
    assert len(columns.read(case, COLUMN)) == 2
    assert add(case, 3 * np.ones((1, 3))) == 2
    np.testing.assert_array_equal(columns.read(case, COLUMN)[:, 0], [1, 1, 3])
    assert path.stat().st_size == 3 * 12


def test_a_file_that_is_too_short_is_damaged(case):
    add(case, np.ones((2, 3)))
    (case.folder / "columns" / "numbers").write_bytes(b"short")
    for use in (lambda: columns.read(case, COLUMN), lambda: add(case, np.ones((1, 3)))):
        with pytest.raises(UserError, match="numbers is damaged"):
            use()


def test_a_full_disk_is_told_and_loses_nothing(case, monkeypatch):
    add(case, np.ones((2, 3)))

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(columns.os, "fsync", full)
        with pytest.raises(UserError, match="No space left on device"):
            add(case, np.zeros((1, 3)))
    assert add(case, 3 * np.ones((1, 3))) == 2
    np.testing.assert_array_equal(columns.read(case, COLUMN)[:, 0], [1, 1, 3])
