"""What verification takes: that the right things are timed, and the table."""

import csv
import pathlib
import subprocess

import numpy as np
import pytest
from PIL import Image

from experiments.benchmarks import verification
from experiments.tables import table_speed


def test_a_figure_has_its_panels_in_rows():
    panels = [np.full((20, 20), level, np.uint8) for level in range(6)]
    drawn = verification.figure(panels)
    assert drawn.shape == (10 + 2 * 30, 10 + 3 * 30)
    for number, panel in enumerate(panels):
        row, column = divmod(number, 3)
        top, left = 10 + 30 * row, 10 + 30 * column
        np.testing.assert_array_equal(drawn[top : top + 20, left : left + 20], panel)
    assert (drawn == 255).sum() == drawn.size - 6 * 400


def test_different_pairs_are_timed_with_and_without_preparing(tissue):
    crops = np.stack([tissue[y : y + 128, x : x + 128] for y in (0, 250) for x in (0, 130, 260)])
    told = verification.evidence_rates(crops[:3], crops[3:])
    assert told["pairs"] == 3 and told["prepared"] > told["unprepared"] > 0


@pytest.fixture
def launched(monkeypatch):
    """The commands, which take as many seconds as were launched before."""
    commands = []

    def timed(arguments, cache):
        assert all(pathlib.Path(each).exists() for each in arguments if each.endswith(".png"))
        commands.append(arguments)
        return float(len(commands))

    monkeypatch.setattr(verification, "_timed", timed)
    return commands


def test_the_first_comparison_comes_with_an_empty_cache(launched, tmp_path):
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    told = verification.compare({"one": (image, image), "two": (image, image)}, 3, tmp_path)
    assert told["first"] == 1.0
    # Both once untimed, as the cache has to be filled; then each three times.
    assert told["warm"] == {
        "one": {"seconds": [3.0, 4.0, 5.0], "median": 4.0},
        "two": {"seconds": [6.0, 7.0, 8.0], "median": 7.0},
    }
    assert ["one" in each[1] for each in launched] == [True, False, *[True] * 3, *[False] * 3]


def test_a_table_of_all_pairs_is_scored(launched, tmp_path):
    images = np.arange(6, dtype=np.uint8).repeat(64).reshape(2, 3, 8, 8)
    told = verification.score_pairs(*images, tmp_path)
    assert told == {"pairs": 3, "seconds": 2.0, "per_minute": 90.0}
    with open(tmp_path / "all.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        for side, name in enumerate("ab"):
            shown = np.asarray(Image.open(tmp_path / row[name]))
            np.testing.assert_array_equal(shown, images[side, number])
    assert [each[2].endswith("all.csv") for each in launched] == [False, True]
    assert launched[1][-1] == "--scores=f,local,verified"


def test_a_command_that_fails_is_not_timed(tmp_path):
    assert verification._timed(["--version"], tmp_path) > 0
    with pytest.raises(subprocess.CalledProcessError):
        verification._timed(["--no_such_flag"], tmp_path)


def test_the_table_says_what_is_met_and_missed():
    speed = {
        "compare": {"first": 9.04, "warm": {
            "single panels, different": {"median": 2.96},
            "nine-panel figures, different": {"median": 4.0},
        }},
        "score_pairs": {"pairs": 600, "per_minute": 599.0},
        "evidence": {"prepared": 31.26, "unprepared": 10.0},
    }  # fmt: skip
    record = {"speed": speed, "machine": {"cpu": "a chip", "cores": 2}}
    assert table_speed.markdown([record]).splitlines() == [
        "On 2 cores of a chip.",
        "",
        "| what | time or rate | target |",
        "| --- | --- | --- |",
        "| `compare` of single panels, different | 3.0 s | ≤ 3 s, met |",
        "| `compare` of nine-panel figures, different | 4.0 s | ≤ 5 s, met |",
        "| the first time, with nothing compiled | 9.0 s | ≤ 8 s, **missed** |",
        "| `score_pairs` with all scores, 600 pairs, half of them different | 599 pairs a minute | "
        "≥ 600, **missed** |",
        "| evidence of different pairs, images prepared | 31.3 pairs a second | ≥ 10, met |",
        "| evidence of different pairs, images as they come | 10.0 pairs a second | ≥ 10, met |",
    ]
