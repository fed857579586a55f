"""Verdicts as labels to train by: what people found to be one picture, and what only looked so."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

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


def groups(pairs: Sequence[tuple[str, str]], places: Iterable[tuple[str, str]]) -> list[str]:
    """Which pairs share a picture or a document, directly or through others.

    Args:
        pairs: of the hashes of pictures.
        places: pairs of a picture's hash and that of a document in which it is.

    Returns:
        Of each pair the name of its group, the first of the hashes of the pictures in it.
    """
    pictures = sorted({digest for pair in pairs for digest in pair})
    links = [*pairs, *((picture, ("in", document)) for picture, document in places)]
    # Documents stand behind the pictures, so that each group begins with one of those.
    nodes = dict.fromkeys([*pictures, *(node for link in links for node in link)])
    number = {node: place for place, node in enumerate(nodes)}
    rows, columns = np.array([[number[node] for node in link] for link in links]).T
    linked = coo_array((np.ones(len(links)), (rows, columns)), shape=(len(number), len(number)))
    group = connected_components(linked, directed=False)[1]
    names: dict[int, str] = {}
    for picture in pictures:
        names.setdefault(int(group[number[picture]]), picture)
    return [names[int(group[number[first]])] for first, _ in pairs]


class Written(NamedTuple):
    """What came of `write`.

    Attributes:
        pairs: how many of each label.
        without_pictures: how many more have a label, but not both of their pictures are here.
    """

    pairs: Counter[str]
    without_pictures: int


def write(library: Library, folder: str | os.PathLike) -> Written:
    """Writes the labelled pairs of a library or a case as a data set.

    Args:
        library: that has the verdicts and the pictures.
        folder: new.

    Raises:
        UserError: there is none, a picture is damaged, or something can't be written.
    """
    from imgforensics.data import labelled_pairs  # TFDS takes seconds

    given = library.verdicts()
    hashes = {digest for each in given for digest in (each.first, each.second)}
    found, judged_at_all = labels(given, library.pictures(hashes)), len(labels(given, hashes))
    if not judged_at_all:
        raise UserError(f"{library.name} has no pair that was judged a concern or not the same")
    if not found:
        raise UserError(
            f"{library.name} has not both pictures of any pair that was judged: name the case or "
            "library that has them"
        )
    judged = [each[:2] for each in found]
    together = groups(judged, library.documents({digest for pair in judged for digest in pair}))
    pairs = [labelled_pairs.Pair(*each, group) for each, group in zip(found, together)]
    labelled_pairs.write(folder, pairs, library.picture)
    return Written(Counter(pair.label for pair in pairs), judged_at_all - len(pairs))
