"""Manipulation-invariant similarity of scientific images."""

import importlib

# Imported when they are asked for: jax alone takes a second.
_LATER = {
    "compare": "imgforensics.comparison.compare",
    "load_pretrained": "imgforensics.pretrained",
}
__all__ = list(_LATER)


def __getattr__(name: str):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
