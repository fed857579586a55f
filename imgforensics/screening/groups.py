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
        for number, group in enumerate(groups):  # noqa: B007
            joined = group | set(pair)
            new = joined - group
            if all(
                frozenset((one, other)) in linked for one in new for other in joined if one != other
            ):
                break
        else:
            number, joined = len(groups), set(pair)
            groups.append(joined)
        groups[number] = joined
        numbers.append(number + 1)
    return numbers
