"""What a timing was made on."""

import os
import pathlib
import platform
import re
import sys


def cores() -> int:
    """How many CPU cores this process may use; JAX takes as many threads."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()


def describe() -> dict:
    """The machine, as plain values."""
    return {"cpu": _cpu(), "cores": cores(), "system": platform.platform()}


def _cpu():
    """The processor's name, with family and model where the name alone says little."""
    info = pathlib.Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    found = dict(re.findall(r"^(.+?)\s*: (.*)$", info.read_text(), re.MULTILINE))
    name = found.get("model name", platform.machine())
    if "cpu family" in found:
        name += f" (family {found['cpu family']}, model {found['model']})"
    return name
