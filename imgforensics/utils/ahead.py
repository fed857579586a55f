"""Results of a function of many items, in order, worked out by threads ahead of time."""

import collections
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Yields `function(item)` of each item, in the order of the items.

    Items are taken one by one, by the caller's thread, and one more of them than there are threads
    is under way: so much memory is needed, however many items there are. An error in a call is
    raised in its turn. No thread is left when the iterator has ended or is closed, and calls that
    have not begun by then never do.

    Args:
        function: is called by threads, several at once.
        items: any number of them.
        threads: how many calls are under way at once.
    """
    waiting = collections.deque()
    pool = futures.ThreadPoolExecutor(threads)
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
