"""Pairs that belong together: cliques, and never chains of weak links."""

from collections.abc import Hashable, Iterable


def cliques(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[int]:
    """Puts each pair into a group in which every two members are a pair.

    Pairs are taken in their order: each goes to the first group that stays a clique with it, or
    begins one.

    Args:
        pairs: of members, the best first.

    Returns:
        The number of the group of each pair, from 1 in the order in which groups begin.
    """
    pairs = list(pairs)
    linked = {frozenset(pair) for pair in pairs}
    groups: list[set] = []
    numbers = []
    for pair in pairs:
        fits = (number for number, group in enumerate(groups) if _fits(group, pair, linked))
        number = next(fits, len(groups))
        if number == len(groups):
            groups.append(set())
        groups[number] |= set(pair)
        numbers.append(number + 1)
    return numbers


def _fits(group: set, pair, linked) -> bool:
    """Whether a clique stays one with both of a pair."""
    joined = group | set(pair)
    return all(
        frozenset((one, other)) in linked
        for one in joined - group
        for other in joined
        if one != other
    )
