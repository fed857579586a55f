"""The stages from proposed pairs to regions: the gate, then a close look at what passes it."""

import itertools
from collections.abc import Callable

import numpy as np

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.weights import Model
from imgforensics.library import descriptions
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.interface import Library
from imgforensics.library.store import Store
from imgforensics.screening import candidates, verification
from imgforensics.screening.rows import MAX_PLACE
from imgforensics.verification import gate
from imgforensics.verification.calibration import Calibration

PASSED, FAILED, DOUBTFUL = "passed", "failed", "doubtful"
_MIN_KEYPOINTS = 16  # of either picture, below which votes can't tell
_QUERIES = 64  # pictures whose pairs are noted in one transaction
_MAX_F = 1.0  # f, up to which pairs are looked at closely that have not passed the gate
_NEARLY = 0.3  # support, which few of the nearest pairs have by chance
# Pairs that are looked at though the gate is against them: so many in a small case, and in a larger
# one so many of each picture.
_MORE, _MORE_OF_EACH = 500, 1
# Of the nearest of a picture those that are alike by f, though not by their keypoints.
_NEAR = (
    "select candidates.* from candidates join pairs using (first, second)"
    " where gate != :passed and place <= :places and candidates.f <= :most"
)


def to_vote_on(store: Store) -> int:
    """How many candidates were not voted on before."""
    return store.catalogue.execute(
        "select count(*) from candidates join pairs using (first, second) where gate is null"
    ).fetchone()[0]


def gate_pairs(
    store: Store,
    library: Library | None,
    advance: Callable[[int], object],
    engine: Engine = LOCAL,
) -> None:
    """Votes on all candidates that were not voted on before.

    Args:
        store: a case, open for writing, described.
        library: also described, if candidates are from there.
        advance: is told how many pairs are done.
        engine: that votes.
    """
    todo = store.catalogue.execute(
        "select first, second from candidates join pairs using (first, second)"
        " where gate is null order by first, second"
    ).fetchall()
    own = descriptions.Reader(store, itertools.chain.from_iterable(todo))

    def described(groups) -> dict[str, np.ndarray]:
        """Those of the library are fetched at once: it may be elsewhere."""
        wanted = {digest for group in groups for digest in group}
        found = {digest: own(digest) for digest in wanted if digest in own}
        if library is not None:
            found |= library.descriptions(wanted - found.keys())
        return found

    groups = [
        [first, *(second for _, second in pairs)]
        for first, pairs in itertools.groupby(todo, lambda pair: pair[0])
    ]
    blocks = [groups[start : start + _QUERIES] for start in range(0, len(groups), _QUERIES)]

    def told():
        for some in blocks:
            found = described(some)
            yield from ([found[digest] for digest in group] for group in some)

    votes = engine.in_order(_vote, told())
    for some in blocks:
        states = list(itertools.islice(votes, len(some)))
        with transaction(store.catalogue):
            for (first, *seconds), of_pairs in zip(some, states):
                store.catalogue.executemany(
                    "update pairs set support = ?, gate = ? where first = ? and second = ?",
                    [(*state, first, second) for second, state in zip(seconds, of_pairs)],
                )
        advance(sum(len(group) - 1 for group in some))


def _vote(told: list[np.ndarray]) -> list[tuple[float, str]]:
    """The states of the pairs of the first with each of the others."""
    first, *others = told
    votes = gate.votes(first, np.stack(others))
    few = [bool(min(first["count"], other["count"]) < _MIN_KEYPOINTS) for other in others]
    return list(map(_state, votes.support.tolist(), votes.passed.tolist(), few))


def _state(support: float, passed: bool, few: bool) -> tuple[float, str]:
    """The support, and what the gate says by it."""
    if passed:
        return support, PASSED
    return support, DOUBTFUL if few else FAILED


def to_look_at(store: Store) -> list[candidates.Pair]:
    """The pairs that are to be looked at closely and were not yet, those of a picture together.

    These are the pairs that passed the gate; of the nearest ones those that nearly passed; and some
    more of these, as far as time allows, since the gate misses copies.
    """
    found = store.catalogue.execute(
        "select candidates.* from candidates join pairs using (first, second)"
        " where not checked and (gate = :passed or (first, second) in (select first, second from"
        f" ({_NEAR} and support >= :nearly)) or (first, second) in (select first, second from"
        f" ({_NEAR} order by candidates.f, first, second limit :more)))"
        " order by first, second",
        _bounds(store),
    )
    return list(map(candidates.Pair._make, found))


def left_out(store: Store) -> int:
    """How many near pairs were never looked at closely, since there were too many of them."""
    return store.catalogue.execute(
        f"select count(*) from ({_NEAR}) join pairs using (first, second) where not checked",
        _bounds(store),
    ).fetchone()[0]


def _bounds(store: Store) -> dict[str, object]:
    """What the questions about candidates are asked with."""
    (pictures,) = store.catalogue.execute(
        "select count(distinct picture) from places where not in_library"
    ).fetchone()
    return {
        "passed": PASSED,
        "places": MAX_PLACE,
        "most": _MAX_F,
        "nearly": _NEARLY,
        "more": max(_MORE, _MORE_OF_EACH * pictures),
    }


def look_at_pairs(
    store: Store,
    library: Library | None,
    model: Model,
    calibrated: Calibration,
    advance: Callable[[int], object],
    engine: Engine = LOCAL,
) -> None:
    """Looks closely at pairs, and notes what they have in common, some pairs at a time.

    Args:
        store: a case, open for writing.
        library: that the pictures are from which the case does not have.
        model, calibrated: by which they are judged.
        advance: is told how many pairs are done.
        engine: that looks.
    """

    def load(digest: str) -> np.ndarray:
        own = stores.picture_path(store.folder, digest).is_file()
        return stores.picture(store, digest) if own or library is None else library.picture(digest)

    for group in verification.look(model, calibrated, to_look_at(store), load, engine):
        with transaction(store.catalogue):
            for pair, found in group:
                _note(store, (pair.first, pair.second), found)
        advance(len(group))


def to_look_within(store: Store) -> list[str]:
    """Hashes of the pictures that were not searched for regions that lie elsewhere in them, too."""
    found = store.catalogue.execute(
        "select distinct picture from places where not in_library and picture not in"
        " (select first from pairs where first = second) order by picture"
    )
    return [digest for (digest,) in found]


def look_within_pictures(
    store: Store,
    model: Model,
    calibrated: Calibration,
    advance: Callable[[int], object],
    engine: Engine = LOCAL,
) -> None:
    """Looks for regions that lie elsewhere in their pictures, too, and notes them; likewise."""

    def load(digest: str) -> np.ndarray:
        return stores.picture(store, digest)

    todo = to_look_within(store)
    for group in verification.look_within(model, calibrated, todo, load, engine):
        with transaction(store.catalogue):
            for digest, found in group:
                store.catalogue.execute(
                    "insert into pairs values (?, ?, null, null, 1)", [digest] * 2
                )
                _note(store, (digest, digest), found)
        advance(len(group))


def _note(store, pictures, found) -> None:
    """Notes what was found in two pictures, or in one, within a transaction."""
    for number, each in enumerate(found):
        values = verification.record(pictures, number, each)
        marks = ", ".join("?" * len(values))
        store.catalogue.execute(f"insert into regions values ({marks})", values)
    store.catalogue.execute("update pairs set checked = 1 where first = ? and second = ?", pictures)
