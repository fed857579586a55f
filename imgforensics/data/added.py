"""Drawn images that are trained on besides those of a source, by the fields that count them."""

from imgforensics.data import blots, procedural
from imgforensics.data.micrographs import Micrographs

FIELDS = {"added_procedural": "procedural images", "added_blots": "drawn blots"}


def draw(field: str, count: int, seed: int) -> Micrographs:
    """Draws as many images; each is a function of the seed and its number.

    Args:
        field: of `config.data`, one of `FIELDS`.
        count: its value, at least 1.
        seed: `config.data.seed`.
    """
    if field == "added_blots":
        return blots.to_train_on(count, seed)
    return procedural.generate(count, seed)
