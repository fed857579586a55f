"""Finds re-used and manipulated scientific images: embeddings, the forensic metric f, comparisons.

import imgforensics

found = imgforensics.compare("A.png", "B.png")
print(found, found.verdict)
embeddings = imgforensics.embed(["A.png", "B.png", "C.png"])
print(imgforensics.distance(embeddings) <= 1)  # which are the same
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgforensics.api import distance, embed
    from imgforensics.comparison.compare import Comparison, Repeats, compare
    from imgforensics.pretrained import load_pretrained
    from imgforensics.screening.screen import screen

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "Repeats",
    "__version__",
    "compare",
    "distance",
    "embed",
    "load_pretrained",
    "screen",
]

# Imported when they are asked for: jax alone takes a second.
_LATER = {
    "Comparison": "imgforensics.comparison.compare",
    "Repeats": "imgforensics.comparison.compare",
    "compare": "imgforensics.comparison.compare",
    "distance": "imgforensics.api",
    "embed": "imgforensics.api",
    "load_pretrained": "imgforensics.pretrained",
    "screen": "imgforensics.screening.screen",
}


def __getattr__(name: str):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
