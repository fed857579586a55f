"""What every library has to do, whatever engine keeps it."""

import numpy as np
import pytest
from model_fixtures import tiny_model
from PIL import Image
from staged import document, pixels

from imgforensics.library import columns, embedding, libraries
from imgforensics.library import store as stores
from imgforensics.library.intake import Listed
from imgforensics.library.interface import Filter
from imgforensics.library.verdicts import Verdict
from imgforensics.models import metric
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError
from imgforensics.verification import gate

_NOTHING = Listed([], {})
_DOCUMENTS = {"one": (1, 2), "two": (3,), "three": (2, 4), "four": (5, 6)}


@pytest.fixture(scope="module")
def model():
    return tiny_model(metric="positive_alpha_l1")


@pytest.fixture(params=["folder", "postgres"])
def engine(request, tmp_path):
    """Gives the names of new libraries of one engine."""
    if request.param == "folder":
        return lambda name="library": str(tmp_path / name)
    server = request.getfixturevalue("postgres")
    return lambda name="library": server.address(server.empty_database())


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A case of four documents; a picture is in two of them."""
    folder = tmp_path_factory.mktemp("cases") / "case"
    with stores.writing(folder) as store:
        for name, panels in _DOCUMENTS.items():
            document(store, name, panels, kind="blot" if name == "four" else "micrograph")
    return str(folder)


def add(name, case, model):
    with libraries.writing(name) as library:
        library.add([case], _NOTHING, model)


@pytest.fixture
def library(engine, case, model):
    """An open library with what is in the case."""
    name = engine()
    add(name, case, model)
    with libraries.existing(name) as opened:
        yield opened


def sha(seed):
    return digests.of_pixels(pixels(seed))


def file(name):
    return f"{name:0>64}"


def test_documents_come_in_once(engine, case, model, tmp_path):
    name = engine()
    add(name, case, model)
    with libraries.reading(name) as library:
        before, state = library.describe(), library.state()
        assert before[:3] == [
            "4 documents with 4 figures and 7 panels",
            "6 different panels are compared, 6 of them are embedded",
            "0 documents were not read, or not whole",
        ]
        assert library.sizes()[0] == 6
    add(name, case, model)
    with stores.writing(tmp_path / "more") as more:
        document(more, "two", (3,))
        document(more, "five", (1, 7))
    with libraries.reading(name) as library:
        assert library.describe()[:3] == before[:3] and library.state() == state
        add(name, str(tmp_path / "more"), model)
        assert library.state() != state
        assert library.describe()[:2] == [
            "5 documents with 5 figures and 9 panels",
            "7 different panels are compared, 7 of them are embedded",
        ]


def test_files_are_read_once_and_known_by_their_content(engine, model, tmp_path):
    for number in range(3):
        Image.fromarray(pixels(number, 60)).save(tmp_path / f"{number}.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    (tmp_path / "notes.md").write_text("no image")
    name = engine("elsewhere/library")
    libraries.add_paths(name, [str(tmp_path)], model)
    (tmp_path / "0.png").rename(tmp_path / "moved.png")
    Image.fromarray(pixels(3, 60)).save(tmp_path / "3.png")
    libraries.add_paths(name, [str(tmp_path)], model)
    with libraries.reading(name) as library:
        assert library.describe()[:3] == [
            "5 documents with 4 figures and 4 panels",
            "4 different panels are compared, 4 of them are embedded",
            "1 documents were not read, or not whole",
        ]


def places(name):
    with libraries.reading(name) as library:
        seeds = {seed for panels in _DOCUMENTS.values() for seed in panels}
        return sorted(library.places({sha(seed) for seed in seeds}, Filter()))


def test_both_engines_hold_the_same(case, model, tmp_path, postgres):
    address = postgres.address(postgres.empty_database())
    add(address, case, model)
    add(tmp_path / "folder", case, model)
    with libraries.reading(address) as one, libraries.reading(tmp_path / "folder") as other:
        assert one.state() == other.state() and one.sizes() == other.sizes()
        assert one.describe()[:3] == other.describe()[:3]
        assert one.model() == other.model()
        for digest in map(sha, range(1, 7)):
            np.testing.assert_array_equal(one.picture(digest), other.picture(digest))
            assert one.descriptions([digest]) == other.descriptions([digest])
        assert one.figure(file("one")) == other.figure(file("one"))
    assert places(address) == places(tmp_path / "folder") != []


def test_pictures_come_back(library, case):
    np.testing.assert_array_equal(library.picture(sha(3)), pixels(3))
    with pytest.raises(UserError, match="missing or damaged"):
        library.picture("0" * 64)
    with stores.reading(case) as store:
        assert library.figure(file("one")) == stores.figure_file(store, file("one"))
    assert library.figure("0" * 64) is None
    assert library.sheet(file("two"), 1) == b"a page of two"
    assert library.sheet(file("two"), 2) is None
    assert library.pictures([sha(1), "0" * 64]) == {sha(1)}
    found = library.descriptions([sha(1), sha(2), "0" * 64])
    assert found.keys() == {sha(1), sha(2)}
    assert found[sha(1)] == gate.describe(pixels(1))


def test_documents_of_pictures(library, case):
    expected = {(sha(2), file("one")), (sha(2), file("three")), (sha(3), file("two"))}
    assert library.documents([sha(2), sha(3), "0" * 64]) == expected
    with libraries.reading(case) as opened:
        assert opened.documents([sha(2), sha(3)]) == expected


def test_places(library):
    found = library.places([sha(2), sha(5), "0" * 64], Filter())
    assert {(row[0], row[1], row[2], row[-1]) for row in found} == {
        (sha(2), b"in/one.pdf", file("one"), "micrograph"),
        (sha(2), b"in/three.pdf", file("three"), "micrograph"),
        (sha(5), b"in/four.pdf", file("four"), "blot"),
    }
    (five,) = [row for row in found if row[0] == sha(5)]
    assert five[3:16] == (1, 1, 0, 0, 1, 1, 96, 48, file("four"), 0, 0, 48, 48)
    for wanted, files in [
        (Filter(without=frozenset({file("one")})), {"three"}),
        (Filter(kind="micrograph"), {"one", "three"}),
        (Filter(kind="blot"), set()),
        (Filter(since="2020-01-01"), {"one", "three"}),
        (Filter(since="2999-01-01"), set()),
    ]:
        assert {row[2] for row in library.places([sha(2)], wanted)} == set(map(file, files))


def squares(case, model, tmp_path):
    """Embeddings of the case's squares by the hashes of pictures."""
    add(tmp_path / "plain", case, model)
    with stores.reading(tmp_path / "plain") as store:
        wholes = columns.read(store, embedding.wholes(len(model.metric.alpha)))
        parts = columns.read(store, embedding.parts(len(model.metric.alpha)))
        return {
            digest: np.concatenate([wholes[whole : whole + 1], parts[part : part + count]])
            for digest, whole, part, count in store.catalogue.execute(
                "select sha256, whole, part, parts from pictures"
            )
        }


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize(
    "wanted, seeds",
    [
        (Filter(), {1, 2, 3, 4, 5, 6}),
        (Filter(without=frozenset({file("one")})), {2, 3, 4, 5, 6}),
        (Filter(without=frozenset({file("one"), file("three"), "none"})), {3, 5, 6}),
        (Filter(kind="blot"), {5, 6}),
        (Filter(since="2020-01-01"), {1, 2, 3, 4, 5, 6}),
        (Filter(since="2999-01-01"), set()),
    ],
)
def test_the_nearest_squares_are_found(library, case, model, tmp_path, parts, wanted, seeds):
    of = squares(case, model, tmp_path)
    rows = {
        (sha(seed), number): vector
        for seed in seeds
        for number, vector in enumerate(of[sha(seed)])
        if (number > 0) == parts
    }
    queries = np.concatenate([of[sha(1)][:1], of[sha(6)][:2]]) + np.float32(0.01)
    told = []
    k = 8
    near = library.nearest(model.metric, queries, parts, k, wanted, told.append)
    assert near.f.shape == near.pictures.shape == near.squares.shape == (len(queries), k)
    assert sum(told) == len(queries) * library.sizes()[parts]
    for line, query in enumerate(queries):
        f = {key: float(metric.distance(model.metric, query, row)) for key, row in rows.items()}
        expected = sorted(f, key=f.get)[:k]
        count = int(np.isfinite(near.f[line]).sum())
        places = zip(near.pictures[line, :count].tolist(), near.squares[line, :count].tolist())
        found = [(near.hashes[picture], square) for picture, square in places]
        assert found == expected
        np.testing.assert_allclose(
            near.f[line, :count], [f[key] for key in expected], rtol=1e-5, atol=1e-6
        )


def test_no_queries_find_nothing(library, model):
    queries = np.zeros((0, len(model.metric.alpha)), np.float32)
    near = library.nearest(model.metric, queries, False, 3, Filter(), lambda pairs: None)
    assert near.f.shape == (0, 3)


def test_what_recurs_at_one_place_of_three_documents_is_not_searched(engine, model, tmp_path):
    corner = (0.8, 0.0, 1.0, 0.1)
    name = engine()
    for number, box in enumerate([corner, corner, (0.1, 0.0, 0.3, 0.1), corner]):
        with stores.writing(tmp_path / f"case {number}") as store:
            document(store, f"d{number}", (10 + number, 1), box=box)
        add(name, str(tmp_path / f"case {number}"), model)
        with libraries.reading(name) as library:
            found = len(library.places([sha(1)], Filter()))
            assert found == (number + 1 if number < 3 else 1)
    with stores.writing(tmp_path / "later") as store:
        document(store, "later", (20, 1), box=corner)
    add(name, str(tmp_path / "later"), model)
    with libraries.reading(name) as library:
        ((_, path, *_),) = library.places([sha(1)], Filter())
        assert path == b"in/d2.pdf"
        assert len(library.places([sha(20)], Filter())) == 1


def test_embeddings_are_of_one_model(engine, case, model):
    name = engine()
    add(name, case, model)
    other = model._replace(params={**model.params, "raw_alpha": 2 * model.params["raw_alpha"]})
    with pytest.raises(UserError, match="holds embeddings of other weights"):
        add(name, case, other)


def given(first="a", second="b", verdict="concern", note="", hour=1, reviewer="R. Viewer"):
    time = f"2026-01-01T{hour:02}:00:00+00:00"
    return Verdict(first * 64, second * 64, verdict, reviewer, note, time, "0" * 64)


def test_verdicts_are_kept_once_in_the_order_of_their_times(library):
    later, first = given(hour=5), given(note="\"'; drop table verdicts; -- π\n", hour=2)
    assert library.judge([later, first, later]) == 2
    assert library.judge([first, given(second="c", hour=9, reviewer="Other")]) == 1
    assert library.verdicts()[:2] == [first, later] and len(library.verdicts()) == 3
    assert library.verdicts({("a" * 64, "c" * 64)}) == library.verdicts()[2:]
    assert library.verdicts(set()) == []
    long = given(note="x" * 9_000, reviewer="y" * 9_000)
    assert library.judge([long]) == 1 and long in library.verdicts()


def test_a_library_that_is_not_there_is_told(engine):
    with pytest.raises(UserError, match="library") as told:
        with libraries.reading(engine("none")):
            pass
    assert "\n" not in str(told.value)


def test_readers_see_what_others_add(engine, case, model, tmp_path):
    name = engine()
    add(name, case, model)
    with libraries.reading(name) as library, stores.writing(tmp_path / "more") as more:
        document(more, "five", (7,))
        before = library.sizes()
        add(name, str(tmp_path / "more"), model)
        assert library.sizes()[0] == before[0] + 1
