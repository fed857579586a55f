"""How long it takes to verify pairs: as a table, two images from files to files, and one by one."""

import csv
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import numpy as np
import tqdm
from PIL import Image

from imgforensics.utils import compilation
from imgforensics.utils.workers import workers
from imgforensics.verification import evidence

SCORES = "f,local,verified"
_GUTTER = 10  # pixels between the panels of a figure


def figure(panels: Sequence[np.ndarray], columns: int = 3) -> np.ndarray:
    """Panels in rows on white, uint8 [height, width].

    Args:
        panels: uint8 [side, side] each, a multiple of `columns`.
        columns: how many stand beside each other.
    """
    gaps = [np.pad(panel, ((0, _GUTTER), (0, _GUTTER)), constant_values=255) for panel in panels]
    rows = [
        np.concatenate(gaps[start : start + columns], 1) for start in range(0, len(gaps), columns)
    ]
    return np.pad(np.concatenate(rows), ((_GUTTER, 0), (_GUTTER, 0)), constant_values=255)


def evidence_rates(first: np.ndarray, second: np.ndarray) -> dict:
    """Pairs a second whose evidence is gathered on all cores.

    Args:
        first, second: uint8 [n, side, side], of different images; each is in one pair.

    Returns:
        Plain values: how many `pairs`, and pairs a second, `prepared` beforehand and `unprepared`.
    """
    cores = compilation.cores()
    parts = [(first[start::cores], second[start::cores]) for start in range(cores)]
    with workers(cores) as pool:
        found = list(pool.map(_seconds, *zip(*parts)))
    return {
        "pairs": len(first),
        "prepared": sum(count / gathering for count, _, gathering in found),
        "unprepared": sum(count / (preparing + gathering) for count, preparing, gathering in found),
    }


def _seconds(first, second) -> tuple[int, float, float]:
    """How many pairs there are, and the seconds that preparing and gathering took here."""
    evidence.gather(*map(evidence.prepare, (first[0], second[0])))  # what is made once
    start = time.perf_counter()
    prepared = [tuple(map(evidence.prepare, pair)) for pair in zip(first, second)]
    between = time.perf_counter()
    for pair in prepared:
        evidence.gather(*pair)
    return len(prepared), between - start, time.perf_counter() - between


def score_pairs(first: np.ndarray, second: np.ndarray, scratch: pathlib.Path) -> dict:
    """Times `imgforensics score_pairs` with all scores, from launch to exit, with a filled cache.

    Args:
        first, second: uint8 [n, side, side], the images of the pairs.
        scratch: an empty folder for images, tables and the cache of programs.

    Returns:
        Plain values: `pairs`, `seconds`, and pairs `per_minute`.
    """
    rows = []
    for number, images in enumerate(zip(first, second)):
        rows.append([f"{number}{letter}.png" for letter in "ab"])
        for name, image in zip(rows[-1], images):
            Image.fromarray(image).save(scratch / name)
    for name, some in (("few", rows[:1]), ("all", rows)):
        with open(scratch / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["a", "b"], *some])

    def run(name):
        return _timed(
            ["score_pairs", f"--root={scratch}", f"--pairs={scratch / name}.csv",
             f"--out={scratch / name}_scored.csv", f"--scores={SCORES}"],
            scratch,
        )  # fmt: skip

    run("few")
    seconds = run("all")
    return {"pairs": len(rows), "seconds": seconds, "per_minute": 60 * len(rows) / seconds}


def compare(
    images: Mapping[str, tuple[np.ndarray, np.ndarray]], repeats: int, scratch: pathlib.Path
) -> dict:
    """Times `imgforensics compare` from launch to exit.

    Args:
        images: two images, uint8 [height, width], of each kind. The first kind comes first of all
            with an empty cache of programs.
        repeats: timed launches of each, with what is in the cache by then.
        scratch: an empty folder for images, results and the cache.

    Returns:
        Plain values: seconds of the `first` start; and of each kind, in `warm`, the `seconds` of
        all launches and their `median`.
    """
    commands = {}
    for kind, both in images.items():
        files = [str(scratch / f"{kind} {letter}.png") for letter in "ab"]
        for file, image in zip(files, both):
            Image.fromarray(image).save(file)
        commands[kind] = ["compare", *files, f"--out={scratch / 'out'}"]
    with tqdm.tqdm(total=(1 + repeats) * len(commands), desc="comparing") as bar:

        def run(command):
            seconds = _timed(command, scratch)
            bar.update()
            return seconds

        first, *_ = [run(command) for command in commands.values()]
        warm = {}
        for kind, command in commands.items():
            seconds = [run(command) for _ in range(repeats)]
            warm[kind] = {"seconds": seconds, "median": statistics.median(seconds)}
    return {"first": first, "warm": warm}


def _timed(arguments: Sequence[str], cache: pathlib.Path) -> float:
    """Seconds that a command takes, whose compiled programs are kept in a folder of their own."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache / "cache")}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    command = [sys.executable, "-m", "imgforensics", *arguments]
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start
