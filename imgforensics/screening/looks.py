"""The stages from proposed pairs to regions: the gate, then a close look at what passes it."""

import itertools
from collections.abc import Callable

import numpy as np

from imgforensics.inference.weights import Model
from imgforensics.library import descriptions
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.screening import candidates, verification
from imgforensics.screening.rows import MAX_DOUBTFUL
from imgforensics.utils import ahead, compilation
from imgforensics.verification import gate
from imgforensics.verification.calibration import SCREENING, Calibration

PASSED, FAILED, DOUBTFUL = "passed", "failed", "doubtful"
_MIN_KEYPOINTS = 16  # of either picture, below which votes can't tell
_QUERIES = 64  # pictures whose pairs are noted in one transaction
_MAX_F = 1.0  # f, up to which pairs are looked at closely that have not passed the gate
_NEARLY = (
    4,
    3,
    _MAX_F,
)  # votes, at least, place and f, at most: 1 in 40 of such places has the votes


def to_vote_on(store: Store) -> int:
    """How many candidates were not voted on before."""
    return store.catalogue.execute(
        "select count(*) from candidates join pairs using (first, second) where gate is null"
    ).fetchone()[0]


def gate_pairs(store: Store, library: Store | None, advance: Callable[[int], object]) -> None:
    """Votes on all candidates that were not voted on before.

    Args:
        store: a case, open for writing, described.
        library: also described, if candidates are from there.
        advance: is told how many pairs are done.
    """
    todo = store.catalogue.execute(
        "select first, second from candidates join pairs using (first, second)"
        " where gate is null order by first, second"
    ).fetchall()
    described = descriptions.Reader([store] if library is None else [store, library])

    def vote(group):
        first, *others = map(described, group)
        votes = gate.votes(first, np.stack(others))
        few = [min(first["count"], other["count"]) < _MIN_KEYPOINTS for other in others]
        return list(map(_state, votes.inliers.tolist(), votes.passed, few))

    groups = [
        [first, *(second for _, second in pairs)]
        for first, pairs in itertools.groupby(todo, lambda pair: pair[0])
    ]
    for start in range(0, len(groups), _QUERIES):
        some = groups[start : start + _QUERIES]
        states = list(ahead.in_order(vote, some, compilation.cores()))
        with transaction(store.catalogue):
            for (first, *seconds), found in zip(some, states):
                store.catalogue.executemany(
                    "update pairs set votes = ?, gate = ? where first = ? and second = ?",
                    [(*state, first, second) for second, state in zip(seconds, found)],
                )
        advance(sum(len(group) - 1 for group in some))


def _state(votes: int, passed: bool, few: bool) -> tuple[int, str]:
    """The votes, and what the gate says by them."""
    if passed:
        return votes, PASSED
    return votes, DOUBTFUL if few else FAILED


def to_look_at(store: Store, calibrated: Calibration) -> list[candidates.Pair]:
    """The pairs that are to be looked at closely and were not yet, by their f.

    These are the pairs that passed the gate, and the nearest ones, of small f, that did not.
    """
    found = store.catalogue.execute(
        "select candidates.* from candidates join pairs using (first, second)"
        " where not checked and (gate = ? or (gate = ? and place <= ? and f <= ?)"
        " or (votes >= ? and place <= ? and f <= ?) or (place = 1 and f <= ?))"
        " order by f, first, second",
        (PASSED, DOUBTFUL, MAX_DOUBTFUL, _MAX_F, *_NEARLY, calibrated.f[SCREENING].threshold),
    )
    return list(map(candidates.Pair._make, found))


def look_at_pairs(
    store: Store,
    library: Store | None,
    model: Model,
    calibrated: Calibration,
    advance: Callable[[int], object],
) -> None:
    """Looks closely at pairs, and notes what they have in common, some pairs at a time."""

    def load(digest: str) -> np.ndarray:
        own = stores.picture_path(store.folder, digest).is_file()
        return stores.picture(store if own or library is None else library, digest)

    for group in verification.look(model, calibrated, to_look_at(store, calibrated), load):
        with transaction(store.catalogue):
            for pair, found in group:
                for number, each in enumerate(found):
                    store.catalogue.execute(
                        f"insert into regions values ({', '.join('?' * 23)})",
                        verification.record(pair, number, each),
                    )
                store.catalogue.execute(
                    "update pairs set checked = 1 where first = ? and second = ?", pair[:2]
                )
        advance(len(group))
