"""What a timing was made on."""

import pathlib
import platform
import re

from imgforensics.utils import compilation


def describe() -> dict:
    """The machine, as plain values."""
    return {"cpu": _cpu(), "cores": compilation.cores(), "system": platform.platform()}


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
