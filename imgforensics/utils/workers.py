"""Results of a function of many items, in order, worked out by processes of one thread each.

For what keeps Python's lock or brings threads of its own: small products of matrices take several
times as long where BLAS shares each between two cores.
"""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from typing import TypeVar

from imgforensics.utils import ahead, compilation

Item = TypeVar("Item")
Result = TypeVar("Result")

# Read when a process starts: OpenBLAS, OpenMP and MKL.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Workers:
    """As many processes as there are CPU cores; they start with the first items.

    A context: its processes end with it.
    """

    def __init__(self):
        self._pool = futures.ProcessPoolExecutor(
            compilation.cores(), multiprocessing.get_context("spawn"), initializer=_prepare
        )

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *error) -> None:
        self._pool.shutdown(cancel_futures=True)

    def in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Yields `function(item)` of each item, as `ahead.in_order` does.

        Args:
            function: of a module, by which processes find it.
            items: any number of them; they are copied, and so are results.
        """
