"""Verdicts that a review shares with a library, and takes over from there."""

import pytest

from imgforensics.library import libraries
from imgforensics.library import store as stores
from imgforensics.screening import sharing, verdicts
from imgforensics.utils.errors import UserError

A, B, C = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture(params=["folder", "postgres"])
def library(request, tmp_path):
    """The name of a library of either engine, without documents."""
    if request.param == "folder":
        name = str(tmp_path / "library")
    else:
        server = request.getfixturevalue("postgres")
        name = server.address(server.empty_database())
    with libraries.writing(name):
        return name


@pytest.fixture
def case(tmp_path):
    """A case with the pair of A and B."""
    with stores.writing(tmp_path / "case") as store:
        store.catalogue.execute("insert into pairs (first, second) values (?, ?)", (A, B))
    return tmp_path / "case"


def given(pair, verdict="concern", reviewer="Ada"):
    return verdicts.verdict(pair, verdict, reviewer, "", "0" * 64)


def of(name):
    with libraries.reading(name) as library:
        return library.verdicts()


def test_verdicts_go_both_ways_and_those_on_other_pairs_stay(case, library):
    own, others, foreign = given((A, B)), given((A, B), "unsure", "Bob"), given((A, C))
    with stores.existing(case) as store:
        verdicts.add(store, [own])
    sharing.give(library, others)
    sharing.give(library, foreign)
    for _ in range(2):
        sharing.exchange(case, library)
        assert set(of(case)) == {own, others}
        assert set(of(library)) == {own, others, foreign}


def test_a_library_that_is_not_there_is_told(case):
    with pytest.raises(UserError, match="nowhere"):
        sharing.exchange(case, "nowhere")
