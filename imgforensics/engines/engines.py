"""Engines by their names, opened and closed."""

import contextlib
from collections.abc import Iterator

from imgforensics.engines.interface import Engine
from imgforensics.utils.errors import UserError

_LOCAL, _RAY = "local", "ray"


def check(name: str) -> None:
    """Refuses what is no engine.

    Args:
        name: "local", "ray", or ray://HOST:PORT.

    Raises:
        UserError: it is another.
    """
    if name not in (_LOCAL, _RAY) and not name.startswith(f"{_RAY}://"):
        raise UserError(f"there is no engine {name}: give local, ray or ray://HOST:PORT")


@contextlib.contextmanager
def opened(name: str) -> Iterator[Engine]:
    """Opens an engine, and closes it with the block.

    Args:
        name: "local"; "ray", for the cluster of which this machine is a part, or else one of this
            machine alone; or ray://HOST:PORT, for a cluster elsewhere.

    Raises:
        UserError: there is none, or it can't be reached.
    """
    check(name)
    if name == _LOCAL:
        from imgforensics.engines.local import LOCAL  # which takes seconds, for JAX

        yield LOCAL
        return
    from imgforensics.engines import cluster  # which needs Ray

    with cluster.opened(None if name == _RAY else name) as engine:
        yield engine
