"""Verdicts as labels to train by: what people found to be one picture, and what only looked so."""

import os
from collections import Counter
from collections.abc import Iterable, Set

from imgforensics.library.interface import Library
from imgforensics.library.verdicts import Verdict
from imgforensics.screening import verdicts
from imgforensics.utils.errors import UserError

# What people called acceptable may be one picture, shown twice for a good reason, or two that are
# alike for one; and of what they were unsure nothing is known.
_LABELS = {verdicts.CONCERN: "same", verdicts.NOT_THE_SAME: "different"}


def labels(given: Iterable[Verdict], there: Set[str]) -> list[tuple[str, str, str]]:
    """The pairs that have a label by their latest verdicts.

    Args:
        given: the oldest first.
        there: hashes of the pictures that can be had; pairs of others have no label. Neither have
            pairs of a picture with itself.

    Returns:
        The two hashes and the label, in the order of the hashes.
    """
    latest = {(each.first, each.second): each.verdict for each in given}
    return [
        (*pair, _LABELS[verdict])
        for pair, verdict in sorted(latest.items())
        if verdict in _LABELS and pair[0] != pair[1] and there >= set(pair)
    ]


def write(library: Library, folder: str | os.PathLike) -> Counter[str]:
    """Writes the labelled pairs of a library or a case as a data set.

    Args:
        library: that has the verdicts and the pictures.
        folder: new.

    Returns:
        How many pairs of each label there are.

    Raises:
        UserError: there is none, a picture is damaged, or something can't be written.
    """
    from imgforensics.data import labelled_pairs  # TFDS takes seconds

    given = library.verdicts()
    hashes = {digest for each in given for digest in (each.first, each.second)}
    found = labels(given, library.pictures(hashes))
    if not found:
        raise UserError(f"{library.name} has no pair that was judged a concern or not the same")
    pairs = [labelled_pairs.Pair(*each) for each in found]
    labelled_pairs.write(folder, pairs, library.picture)
    return Counter(pair.label for pair in pairs)
