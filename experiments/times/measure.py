"""What a screening takes: of documents, again, of an index of embeddings, and with a library."""

import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

import numpy as np

from experiments.times import documents, library
from imgforensics.evaluation import results
from imgforensics.library import store as stores
from imgforensics.library.search import nearest
from imgforensics.models.metric import Metric
from imgforensics.screening import pipeline
from imgforensics.screening.rows import STATUSES
from imgforensics.utils.errors import UserError

PARTS = ("document", "documents", "index", "library")
_DOCUMENTS = 30  # of ten figures
_QUERIES, _NEAREST, _SIZES = 1500, 100, (10**3, 10**4, 10**5, 10**6)
_LIBRARY = 10**6
_FEATURES = 128
IMAGES = documents.panels(1 + _DOCUMENTS)  # that are shown


def false_rows(work: pathlib.Path) -> dict:
    """What the screening of many documents lists, which is all false: images are shown once each.

    Args:
        work: as of `measured`, once it has timed the part "documents".

    Returns:
        How many rows were expected, and how many there are of each status.
    """
    with stores.reading(work / "case-many") as store:
        rows, made = pipeline.result(store)
    found = Counter(row.status for row in rows)
    return {"expected": made.expected_false, "found": {name: found[name] for name in STATUSES}}


def measured(work: pathlib.Path, images: np.ndarray, part: str) -> list[dict]:
    """Times one of `PARTS`; each row of the record has what was done, and what it took.

    Args:
        work: folder for documents, cases and the library.
        images: uint8 [`IMAGES`, 256, 256].
        part: what to time; "library" once "document" was.

    Raises:
        UserError: the case of "document" is missing.
    """
    one = images[: documents.panels(1)]
    many = images[documents.panels(1) :]
    if part == "document":
        _remove(work / "case-one")
        documents.write(work / "one", one, 1)
        return [
            _screened("10 figures, within themselves", 60, [work / "one"], work / "case-one"),
            _screened("the same again", 5, [work / "one"], work / "case-one"),
        ]
    if part == "documents":
        _remove(work / "case-many")
        documents.write(work / "many", many, _DOCUMENTS)
        what = f"{_DOCUMENTS * documents.FIGURES} figures"
        return [
            _screened(what, 600, [work / "many"], work / "case-many"),
            _screened("the same again", 5, [work / "many"], work / "case-many"),
        ]
    if part == "index":
        return [_searched(size) for size in _SIZES]
    if not stores.is_store(work / "case-one"):
        raise UserError(f"{work} has no case of the part document: time that first")
    with stores.reading(work / "case-one") as case:
        library.write(work / "library", case, _LIBRARY)
    _remove(work / "case-library")
    documents.write(work / "one", one, 1)
    what = f"10 figures, against a library of {_LIBRARY:,} panels"
    options = [f"--library={work / 'library'}"]
    return [_screened(what, 180, [work / "one"], work / "case-library", options)]


def _remove(case: pathlib.Path) -> None:
    """So that nothing is timed of which a part was done by an attempt before."""
    shutil.rmtree(case, ignore_errors=True)


def _screened(what, seconds, paths, case, options=()) -> dict:
    """What the command takes, with the start of Python and all that it starts itself."""
    command = [sys.executable, "-m", "imgforensics", "screen", *paths, f"--case={case}", *options]
    started = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return _row(what, seconds, took, used.ru_utime + used.ru_stime, 1024 * used.ru_maxrss)


def _searched(size: int) -> dict:
    """A search in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        cost, cpu = pool.apply(_search, (size,))
    what = f"the {_NEAREST} nearest of {_QUERIES:,} panels among {size:,}"
    goal = 15 if size == max(_SIZES) else None
    return _row(what, goal, cost["seconds"], cpu, cost["peak_memory"])


def _search(size: int) -> tuple[dict, float]:
    """Random embeddings, on disk; the time has the search's compilation in it."""
    rng = np.random.default_rng(0)
    metric = Metric(rng.uniform(0.5, 1.5, _FEATURES).astype(np.float32))
    queries = rng.standard_normal((_QUERIES, _FEATURES), np.float32)
    with tempfile.TemporaryFile() as file:
        for first in range(0, size, 10**5):
            count = min(10**5, size - first)
            file.write(rng.standard_normal((count, _FEATURES), np.float32).data)
        file.flush()
        index = np.memmap(file, np.float32, "r", shape=(size, _FEATURES))
        labels = np.zeros(size, np.int64)
        started, cpu = time.monotonic(), time.process_time()
        nearest(metric, queries, np.ones(_QUERIES, np.int64), index, labels, _NEAREST)
        return results.cost(started), time.process_time() - cpu


def _row(what, goal, seconds, cpu, memory) -> dict:
    return {
        "what": what, "goal": goal, "seconds": seconds, "cpu_seconds": cpu, "peak_memory": memory,
    }  # fmt: skip
