"""The search proposes the nearest of each picture; against a plain loop over all squares."""

import numpy as np
import pytest
import tifffile
from tissues import save, tissue

from imgforensics.library import build, columns, embedding, intake, merge
from imgforensics.library import store as stores
from imgforensics.library.folder import Folder
from imgforensics.library.interface import Filter
from imgforensics.models import metric
from imgforensics.screening import candidates


@pytest.fixture(scope="module")
def case(tmp_path_factory, model):
    """Three image files, one of them twice, and one of three pages."""
    folder = tmp_path_factory.mktemp("documents")
    for number in range(3):
        save(folder / f"{number}.png", tissue(number, 90, 90))
    save(folder / "again.png", tissue(0, 90, 90))
    pages = [tissue(number, 90, 120) for number in (3, 4, 5)]
    tifffile.imwrite(folder / "pages.tif", np.stack(pages), photometric="minisblack")
    with stores.writing(folder / "case") as store:
        build.add(store, intake.listed([folder]), model)
        yield store


def squares_of(case, model):
    """Embeddings of each picture's squares by its hash, and the files that it is of."""
    features = len(model.metric.alpha)
    wholes = columns.read(case, embedding.wholes(features))
    parts = columns.read(case, embedding.parts(features))
    found = {}
    for digest, whole, part, count in case.catalogue.execute(
        "select sha256, whole, part, parts from pictures"
    ):
        found[digest] = np.concatenate([wholes[whole : whole + 1], parts[part : part + count]])
    files = {}
    for digest, file in case.catalogue.execute("select picture, file from places"):
        files.setdefault(digest, set()).add(file)
    return found, files


def expected(case, model, scope, k):
    found, files = squares_of(case, model)
    lists = {}
    for one in found:
        for kind in ("within", "across"):
            if scope in (kind, "all"):
                near = []
                for other in found:
                    same = bool(files[one] & files[other])
                    if one != other and same == (kind == "within"):
                        f = metric.distance(model.metric, found[one][:, None], found[other][None])
                        near.append((float(np.min(f)), other))
                lists[one, kind] = sorted(near)[:k]
    pairs = {}
    for (one, _), near in lists.items():
        for place, (f, other) in enumerate(near, 1):
            key = min(one, other), max(one, other)
            pairs[key] = f, min(place, pairs.get(key, (0, k))[1])
    return pairs


@pytest.mark.parametrize("scope, k", [("all", 100), ("all", 2), ("within", 1), ("across", 1)])
def test_the_nearest_of_each_picture_are_proposed(case, model, scope, k):
    found = candidates.propose(case, None, Filter(), model.metric, scope, k, lambda pairs: None)
    wanted = expected(case, model, scope, k)
    assert {(pair.first, pair.second) for pair in found} == wanted.keys()
    for pair in found:
        f, place = wanted[pair.first, pair.second]
        assert pair.f == pytest.approx(f, abs=1e-4) and pair.place == place
        squares, _ = squares_of(case, model)
        of_squares = metric.distance(
            model.metric, squares[pair.first][pair.square_a], squares[pair.second][pair.square_b]
        )
        assert float(of_squares) == pytest.approx(pair.f, abs=1e-4)


def test_a_library_is_searched_but_for_documents_that_are_in_the_case(case, model, tmp_path):
    save(tmp_path / "new.png", tissue(7, 90, 90))
    with stores.writing(tmp_path / "library") as library:
        merge.add(library, case)
        build.add(library, intake.listed([tmp_path / "new.png"]), model)
        found = candidates.propose(
            case, Folder(library), Filter(), model.metric, "across", 100, lambda pairs: None
        )
        (new,) = {
            digest for (digest,) in library.catalogue.execute("select sha256 from pictures")
        } - {digest for (digest,) in case.catalogue.execute("select sha256 from pictures")}
    assert sum(new in pair[:2] for pair in found) == 6
    assert len(found) == 6 + len(expected(case, model, "across", 100))
