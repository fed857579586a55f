"""How many false rows a search is said to have."""

import sqlite3
import types

import pytest

from imgforensics.screening import expected
from imgforensics.verification.calibration import NUMBERS, SAME, Calibration, Point


def calibrated(**rates):
    points = {SAME: Point(1.0, rates, 1.0)}
    return Calibration("", 0.0, dict.fromkeys(NUMBERS, 0.0), points, points, {})


def test_of_what_was_looked_at_the_most_frequent_errors_are_expected():
    catalogue = sqlite3.connect(":memory:")
    for table in ("candidates (first, second)", "pairs (first, second, checked)"):
        catalogue.execute(f"create table {table}")
    rows = [(f"{number}", "b", number % 2) for number in range(400)]
    catalogue.executemany("insert into pairs values (?, ?, ?)", rows)
    catalogue.executemany("insert into candidates values (?, ?)", [row[:2] for row in rows[:200]])
    store = types.SimpleNamespace(catalogue=catalogue)
    for rates in ({"random": 0.01, "nearest": 0.02}, {"nearest": 0.01, "same_class": 0.02}):
        # Blots of one layout, and fields of one source image, seldom meet.
        fitted = calibrated(**rates, same_layout=0.5, same_source=0.5)
        assert expected.false_rows(store, fitted) == pytest.approx(2.0)
