"""Processes of one thread each, for what keeps Python's lock or brings threads of its own.

Small products of matrices take several times as long where BLAS shares each between two cores.
"""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent import futures

import cv2

# Read when a process starts, by OpenBLAS, OpenMP and MKL.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@contextlib.contextmanager
def workers(count: int) -> Iterator[futures.Executor]:
    """Processes, `count` at most, which start with their first tasks.

    None is left when the block has ended; tasks that have not begun by then never do.
    """
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    pool = futures.ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), initializer=_start
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is heard by who waits for the results
    cv2.setNumThreads(1)
