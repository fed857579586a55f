"""A process that has its libraries loaded, and forks a child for each document that it is told.

Decoders of documents crash, hang and swallow memory over damaged or malicious files. The child has
limits that the system holds, and its end costs nothing but its own document.

Each line on stdin is a JSON object: `path` of a document, the `name` that it goes by, `out` where
its frames go, `limits`. Each is answered on stdout by a line, the child's wait status. At the end
of stdin all ends.
"""

import json
import os
import resource
import select
import signal
import sys

from imgforensics.documents import one
from imgforensics.documents.limits import Limits

NO_SPACE = 3  # exit code of a child that can't write its frames


def main() -> None:
    """Serves until stdin ends."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _read(json.loads(line))
        print(_status(child), flush=True)


def _status(child: int) -> int:
    """Waits for a child, and ends it if nobody waits for us any more."""
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    ended = os.pidfd_open(child)
    poll.register(ended, select.POLLIN)
    if ended not in dict(poll.poll()):
        os.kill(child, signal.SIGKILL)
    os.close(ended)
    return os.waitpid(child, 0)[1]


def _read(told: dict) -> None:
    """The child: never returns."""
    limits = Limits(**told["limits"])
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)  # whose signal ends C code, too
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no copies of private documents
    try:
        with open(told["out"], "wb") as out:
            one.read(told["name"], told["path"], out, limits)
    except (OSError, one.OutputError):
        os._exit(NO_SPACE)
    except BaseException:
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
