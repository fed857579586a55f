"""The most memory that this process has taken at one time."""

import pathlib
import resource
import sys


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        # Linux's getrusage would count the process that started this one, too.
        [kilobytes] = (
            line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")
        )
        return 1024 * int(kilobytes)
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
