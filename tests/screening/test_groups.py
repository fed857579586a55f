"""Groups are cliques."""

import itertools

from imgforensics.screening.groups import cliques


def test_a_chain_is_not_one_group():
    assert cliques([("a", "b"), ("b", "c"), ("c", "d")]) == [1, 2, 3]


def test_a_clique_is_one_group_whatever_the_order():
    pairs = list(itertools.combinations("abcd", 2))
    for order in itertools.permutations(pairs):
        assert cliques(order) == [1] * 6


def test_each_two_members_of_a_group_are_a_pair():
    pairs = [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d"), ("b", "d"), ("e", "e"), ("a", "e")]
    numbers = cliques(pairs)
    for group in set(numbers):
        members = {one for pair, number in zip(pairs, numbers) if number == group for one in pair}
        for two in itertools.combinations(members, 2):
            assert two in pairs or two[::-1] in pairs


def test_no_pairs():
    assert cliques([]) == []
