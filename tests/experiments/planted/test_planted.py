"""Planted copies: where they are in the documents, and how rows are counted."""

import numpy as np
import pypdfium2
import pytest

from experiments.planted import copies, judge, manuscripts
from experiments.planted.judge import Found
from experiments.planted.manuscripts import Place, Plant, Truth
from experiments.tables import table_planted


@pytest.fixture
def planted(tmp_path):
    """Two documents with six plants, each copy is its original; and the plain images."""
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16)).repeat(8, 1).repeat(8, 2)
    images = images.astype(np.uint8)
    made = copies.Copies(images, images, np.array(["a", "b"] * 3))
    others = np.full((5, 128, 128), 99, np.uint8)
    truth = manuscripts.write(tmp_path / "documents", made, others, documents=2, seed=0)
    return tmp_path / "documents", truth, images


def test_plants_are_where_the_truth_says(planted):
    folder, truth, images = planted
    assert truth.panels == 17 and manuscripts.read(folder) == truth
    crossing = [one.original.document != one.copy.document for one in truth.plants]
    assert crossing == [False, False, False, False, True, False]
    for plant, image in zip(truth.plants, images, strict=True):
        assert plant.original != plant.copy
        for place in (plant.original, plant.copy):
            with pypdfium2.PdfDocument(folder / place.document) as pdf:
                page = pdf[place.page - 1].render(scale=4).to_pil().convert("L")
            x0, y0, x1, y1 = (fraction * length for fraction, length in
                              zip(place.box, page.size * 2))  # fmt: skip
            seen = np.asarray(page.crop((x0, y0, x1, y1)).resize((16, 16)), float)
            # A letter may lie in the corner.
            assert np.corrcoef(seen[4:].ravel(), image[4::8, 4::8][4:].ravel())[0, 1] > 0.95


def place(document, page, x):
    return Place(document, page, (x, 0.1, x + 0.2, 0.3))


TRUTH = Truth(
    [Plant(place("a", 1, 0.1), place("a", 2, 0.5), "turn"),
     Plant(place("a", 1, 0.5), place("b", 1, 0.1), "blur")],
    figures=100, panels=10,
)  # fmt: skip


def test_rows_in_either_order_find_plants_once():
    rows = [
        Found(place("a", 2, 0.52), place("a", 1, 0.05), 1.0),
        Found(place("a", 1, 0.1), place("a", 2, 0.5), 2.0),
        Found(place("b", 1, 0.1), place("a", 1, 0.5), 3.0),
    ]
    found = judge.judged(rows, TRUTH)
    assert found["all"]["found"] == 2 and found["false rows"] == 0
    assert found["of each kind"]["blur"]["found"] == 1


def test_what_comes_after_too_many_false_rows_does_not_count():
    false = Found(place("a", 1, 0.1), place("a", 1, 0.5), 1.0)
    hit = Found(place("a", 1, 0.1), place("a", 2, 0.5), 1.0)  # as good as the false ones
    assert judge.judged([hit, false, false], TRUTH)["all"]["found"] == 1  # two are allowed
    judged = judge.judged([hit, false, false, false], TRUTH)
    assert judged["all"]["found"] == 0 and judged["found in all rows"] == 1
    better = hit._replace(score=0.5)
    assert judge.judged([false] * 3 + [better], TRUTH)["all"]["found"] == 1


def test_half_a_plant_is_none():
    row = Found(place("a", 1, 0.1), place("b", 2, 0.5), 1.0)
    assert judge.judged([row], TRUTH)["false rows"] == 1


def test_the_table():
    record = {"planted": {
        "documents": 2, "figures": 100, "panels": 10, "false_rows_per_1000_figures": 20,
        "systems": {"ours": judge.judged([], TRUTH), "theirs": judge.judged([], TRUTH)},
    }}  # fmt: skip
    cells = table_planted.rows([record])
    assert len({len(row) for row in cells}) == 1 and cells[1][1] == "0 of 2 [0.00, 0.66]"
    assert "2 copies in 2 PDF documents with 100 figures" in table_planted.markdown([record])
