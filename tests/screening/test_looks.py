"""Which pairs are looked at closely: those for which keypoints speak, and some that are near."""

import os

import pytest

from imgforensics.library import store as stores
from imgforensics.screening import looks


@pytest.fixture
def case(tmp_path):
    with stores.writing(tmp_path / "case") as opened:
        yield opened


def pair(case, number, f=0.5, place=1, support=0.0, gate="failed", checked=0):
    hashes = f"{2 * number:064x}", f"{2 * number + 1:064x}"
    insert = case.catalogue.execute
    insert("insert into candidates values (?, ?, ?, 0, 0, ?)", (*hashes, f, place))
    insert("insert into pairs values (?, ?, ?, ?, ?)", (*hashes, support, gate, checked))
    return hashes


def pictures(case, count):
    """Files of one panel each."""
    insert = case.catalogue.execute
    for number in range(count):
        name = f"{number:064x}"
        insert(
            "insert into files (id, sha256, pages, unread) values (?, ?, 1, '[]')", (number, name)
        )
        insert("insert into paths values (?, ?, 0)", (os.fsencode(name), number))
        insert("insert into figures values (?, ?, 1, 1, 0, 0, 1, 1, 9, 9, null, ?, null)",
               (number, number, name))  # fmt: skip
        insert("insert into pictures (id, sha256, width, height, look) values (?, ?, 9, 9, '0')",
               (number, name))  # fmt: skip
        insert("insert into panels values (?, ?, 0, 0, 9, 9, 'micrograph', 1, '', ?)",
               (number, number, number))  # fmt: skip


def looked_at(case):
    return [(each.first, each.second) for each in looks.to_look_at(case)]


def check(case, *pairs):
    case.catalogue.executemany("update pairs set checked = 1 where first = ? and second = ?", pairs)


def test_what_passed_or_nearly_passed_is_looked_at_and_nothing_twice(case, monkeypatch):
    monkeypatch.setattr(looks, "_MORE", 0)
    passed = pair(case, 0, f=3.0, place=90, gate="passed")
    nearly = pair(case, 1, f=0.9, place=3, support=0.3)
    doubtful = pair(case, 2, f=0.8, place=1, support=0.3, gate="doubtful")
    pair(case, 3, f=0.9, place=4, support=0.9)  # not among the nearest
    pair(case, 4, f=1.1, support=0.9)  # not alike
    pair(case, 5, support=0.2)  # keypoints are against it
    pair(case, 6, gate="passed", checked=1)
    assert looked_at(case) == [passed, nearly, doubtful]
    check(case, doubtful, nearly, passed)
    assert looked_at(case) == [] and looks.left_out(case) == 1


def test_some_more_of_the_nearest_are_looked_at_in_a_small_case(case, monkeypatch):
    monkeypatch.setattr(looks, "_MORE", 2)
    near, nearest = pair(case, 0, f=0.4), pair(case, 1, f=0.2)
    pair(case, 2, f=0.9)
    pair(case, 3, f=0.1, place=9)
    assert looked_at(case) == [near, nearest]
    check(case, near, nearest)
    assert looked_at(case) == [] and looks.left_out(case) == 1


def test_more_are_looked_at_in_a_larger_case(case, monkeypatch):
    monkeypatch.setattr(looks, "_MORE", 2)
    pictures(case, 5)
    for number in range(9):
        pair(case, number)
    assert len(looked_at(case)) == 5
