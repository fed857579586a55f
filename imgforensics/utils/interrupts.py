"""Ctrl-C that ends a program also while XLA compiles, which takes a minute and hears nothing.

Python calls its handlers between two of its own instructions, so that none is called before a call
of a library returns. A thread that the system wakes gives the program some seconds to end in order,
and then ends it.
"""

import contextlib
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

GRACE = 5.0  # seconds from a signal to the end of the program
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_left_alone: float = 0  # how many of the following signals are left to who handles them


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Sees to it that, after SIGINT, the program has ended within `GRACE` seconds.

    So it is with SIGTERM where Python handles it. To be entered by the main thread of a program,
    around all that it does.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    threading.Thread(target=_watch, args=(reading,), daemon=True).start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writing)  # which ends the thread


@contextlib.contextmanager
def handled(signals: float = math.inf) -> Iterator[None]:
    """Leaves some signals, all by default, to handlers that take longer, since they save first."""
    global _left_alone
    before, _left_alone = _left_alone, signals
    try:
        yield
    finally:
        _left_alone = before


def handled_once_called(function: Callable) -> Callable:
    """A function from whose first return on, within a `handled(0)`, one signal is left to handlers.

    Until then, mostly while it compiles, there is nothing new to save.
    """
    called = False

    def call(*arguments):
        nonlocal called
        global _left_alone
        result = function(*arguments)
        if not called:
            called, _left_alone = True, 1
        return result

    return call


@contextlib.contextmanager
def caught() -> Iterator[list[int]]:
    """Gives a list to which SIGINT and SIGTERM are added; a second one acts as usual.

    Until the first step is done (`handled_once_called`) they end the program: nothing is there to
    be saved.
    """
    import tqdm  # which looks at its environment then, and `processes` sets that first

    numbers: list[int] = []
    before = {}

    def catch(number, frame):
        numbers.append(number)
        signal.signal(number, before[number])
        tqdm.tqdm.write(
            "stopping after this step; the same signal again stops at once", file=sys.stderr
        )

    try:
        for number in _SIGNALS:
            before[number] = signal.signal(number, catch)
        with handled(0):
            yield numbers
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end(number: int) -> None:
    """Ends the process as one that a signal has ended.

    It does so at once: threads that still compile would be waited for, or lose what they work with.
    """
    with contextlib.suppress(OSError):
        os.write(2, b"interrupted\n")
    os._exit(128 + number)


def _watch(reading):
    global _left_alone
    with open(reading, "rb", buffering=0) as numbers:
        while number := numbers.read(1):
            if number[0] not in _SIGNALS:
                continue
            if _left_alone <= 0:
                time.sleep(GRACE)
            if _left_alone <= 0:
                end(number[0])
            _left_alone -= 1
