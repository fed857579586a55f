"""What does the work of a screening: a function of many items, whose results come in their order.

Functions are pure, so that whatever engine calls them, and however often, the results are the same.
Where an engine has other machines, functions and items are pickled.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """Calls functions, several at once, and gives their results in order.

    Items are taken one by one, by the caller's thread, and some more of them than there are workers
    are under way. An error in a call is raised in its turn. Calls that have not begun when an
    iterator is closed never do.
    """

    def in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Yields `function(item)` of each item; a call keeps one CPU core busy."""

    def on_devices(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Likewise; a call keeps an accelerator busy, or without one all cores of a machine."""

    def of_files(
        self,
        opening: Callable[[], AbstractContextManager[Callable[[str, str], Result]]],
        paths: Iterable[str],
    ) -> Iterator[Result]:
        """Yields `function(name, path)` of each file.

        Args:
            opening: gives the function, for any number of calls.
            paths: of files of this machine: the names. Where the work is done elsewhere, the file's
                content goes there, to another path.
        """
