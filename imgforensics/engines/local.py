"""Work on this machine: threads on its cores, and a device where JAX has one."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from imgforensics.engines.interface import Item, Result
from imgforensics.utils import ahead, compilation


class Local:
    """See `interface.Engine`."""

    def in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        return ahead.in_order(function, items, compilation.cores())

    def on_devices(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        return map(function, items)

    def of_files(
        self,
        opening: Callable[[], AbstractContextManager[Callable[[str, str], Result]]],
        paths: Iterable[str],
    ) -> Iterator[Result]:
        with opening() as function:
            for path in paths:
                yield function(path, path)


LOCAL = Local()
