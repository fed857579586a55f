"""What times are taken of: manuscripts, a library without documents; and the table."""

import numpy as np
import pypdfium2
import pytest

from experiments.tables import readme, table_times
from experiments.times import documents, library, measure
from imgforensics.evaluation import results
from imgforensics.library import columns, embedding
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.folder import Folder
from imgforensics.library.interface import Filter
from imgforensics.models.metric import Metric
from imgforensics.screening import candidates
from imgforensics.utils.errors import UserError


def test_each_page_has_a_figure_of_four_panels(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (documents.panels(1), 32, 48), np.uint8)
    (path,) = documents.write(tmp_path, images, 1)
    with pypdfium2.PdfDocument(path) as pdf:
        sizes = [image.get_px_size() for page in pdf for image in page.get_objects()]
    assert sizes == [(2 * 48 + 12, 2 * 32 + 12)] * documents.FIGURES


def test_a_library_is_searched_as_one_that_was_read(tmp_path):
    rng = np.random.default_rng(0)
    with stores.writing(tmp_path / "case") as case:
        with transaction(case.catalogue):
            columns.append(case, embedding.wholes(4), rng.normal(size=(7, 4)))
        stores.set_to(case, "model", "some weights")
        library.write(tmp_path / "library", case, size=25)
        with stores.reading(tmp_path / "library") as made:
            opened = Folder(made)
            assert candidates.searched(case, opened) == (0, 25)
            wholes, parts = (embedding.squares(made.catalogue, each)[0] for each in (False, True))
            assert len(columns.read(made, embedding.parts(4))) == len(parts) == 4 * len(wholes)
            # All take part, and none passes the gate.
            (panels,) = made.catalogue.execute("select count(*) from taking_part").fetchone()
            assert panels == 25
            metric = Metric(np.ones(4, np.float32))
            assert candidates.pairs_to_search(case, opened, "across") == 49 + 7 * 5 * 25
            found = candidates.propose(case, opened, Filter(), metric, "all", 3, lambda pairs: None)
            assert found == []


def test_a_library_that_was_not_ended_is_made_anew(tmp_path, monkeypatch):
    with stores.writing(tmp_path / "case") as case:
        with transaction(case.catalogue):
            columns.append(case, embedding.wholes(4), np.ones((7, 4)))
        stores.set_to(case, "model", "some weights")
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(library, "_note", interrupted)
            library.write(tmp_path / "library", case, size=25)
        for _ in range(2):
            library.write(tmp_path / "library", case, size=25)
            with stores.reading(tmp_path / "library") as made:
                assert columns.count(made, embedding.wholes(4)) == 25


def interrupted(*arguments):
    raise KeyboardInterrupt


def test_the_library_follows_on_the_document(tmp_path):
    with pytest.raises(UserError, match="has no case of the part document: time that first"):
        measure.measured(tmp_path, np.zeros((0, 256, 256), np.uint8), "library")


def test_what_an_attempt_before_has_done_is_not_timed(tmp_path, monkeypatch):
    (tmp_path / "case-one").mkdir()
    (tmp_path / "case-one" / "rest").touch()
    found = []
    monkeypatch.setattr(measure, "_screened", lambda *told: found.append(told[3].exists()))
    images = np.zeros((documents.panels(1), 32, 32), np.uint8)
    measure.measured(tmp_path, images, "document")
    assert found == [False, False]


def test_the_table_has_a_goal_where_there_is_one():
    row = {"what": "a search", "seconds": 3.21, "cpu_seconds": 5.5, "peak_memory": 2**29}
    parts = {"index": [row | {"goal": None}, row | {"goal": 15}]}
    rows = table_times.rows([{"screening_times": {"cores": 2, "parts": parts}}])
    assert rows[1:] == [
        ("a search", "3.2", "", "5.5", "0.50"), ("a search", "3.2", "15", "5.5", "0.50"),
    ]  # fmt: skip


def test_the_page_has_the_table_once_there_is_a_record(tmp_path):
    results.write({"versions": {}}, tmp_path / "other.json")
    text = "<!-- times -->\nwhat was here\n<!-- end of times -->\n"
    assert "Not measured yet." in readme.fill(text, tmp_path, ["times"])
    row = {"what": "a search", "seconds": 3.21, "goal": 15, "cpu_seconds": 5.5}
    found = {"cores": 2, "parts": {"index": [row | {"peak_memory": 2**29}]}}
    results.write({"screening_times": found, "versions": {}}, tmp_path / "times.json")
    filled = readme.fill(text, tmp_path, ["times"])
    assert "On 2 cores" in filled and "| a search | 3.2 | 15 | 5.5 | 0.50 |" in filled


def test_the_page_tells_what_is_false():
    told = {"cores": 2, "parts": {}}
    assert "false" not in table_times.markdown([{"screening_times": told}])
    told["false_rows"] = {"expected": 2.34, "found": {"verified": 1, "possible": 0}}
    text = table_times.markdown([{"screening_times": told}])
    assert "2.3 verified or possible ones were expected" in text
    assert text.endswith("found were 1 verified, 0 possible.")
