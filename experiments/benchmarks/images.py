"""Pictures to time with: what is in them changes no timing, and smooth ones interpolate alike."""

import numpy as np
from PIL import Image

_DETAILS = 24  # random grey levels on each side


def smooth(random: np.random.Generator, count: int, side: int = 256) -> np.ndarray:
    """Draws random smooth pictures, uint8 [count, side, side]."""
    coarse = random.integers(0, 256, (count, _DETAILS, _DETAILS), dtype=np.uint8)
    return np.stack(
        [np.asarray(Image.fromarray(each).resize((side, side), Image.BICUBIC)) for each in coarse]
    )
