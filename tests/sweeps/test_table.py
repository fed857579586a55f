import csv
import io

import numpy as np
import pytest
from PIL import Image

from configs import common
from imgforensics.reports import table_ablations
from imgforensics.reports.figures import saving
from imgforensics.reports.figures import sweep as figure
from imgforensics.sweeps import points, table

VERSIONS = {"python": "3.11", "jax": "0.10"}
MACHINE = {"cpu": "a processor", "cores": 2}


def result(point, validation, test, seconds=1800.0, versions=VERSIONS):
    """What is left of a point, as far as the table looks at it."""
    return {
        "seed": point.config.seed,
        "weights": {"step": 40},
        "config": {"steps": 50, "batch_size": 32},
        "validation": {
            "accuracy": validation,
            "interval": [validation - 0.125, validation + 0.125],
        },
        "test": {"accuracy": test, "interval": [test - 0.25, test + 0.25], "auc": test + 0.25},
        "versions": versions,
        "point": {"label": point.label, "fields": point.fields, "seconds": seconds},
    }


@pytest.fixture(scope="module")
def record():
    def sweep(add):
        for seed in (0, 1, 2):
            add("plain", seed=seed)
            add("wide, deep", seed=seed, **{"model.hidden_features": 7})
            add("missing", seed=seed, **{"model.hidden_features": 8})

    every = points.expand(common.get_config(), sweep)
    accuracies = {
        "plain-seed0": (0.8, 0.5),
        "plain-seed1": (0.9, 0.5),
        "plain-seed2": (1.0, 0.5),
        "wide,deep-seed1": (0.75, 0.625),
    }
    results = [
        result(point, *accuracies[point.name]) if point.name in accuracies else None
        for point in every
    ]
    results[3]["versions"] = VERSIONS | {"jax": "0.11"}  # of plain-seed1
    return table.collect(every, results, "Which?", "python -m sweep", MACHINE)


def test_statistics_are_those_by_hand(record):
    plain, wide = record["rows"]
    assert plain["label"] == "plain" and plain["seeds"] == [0, 1, 2]
    assert plain["validation"]["accuracy"] == [0.8, 0.9, 1.0]
    assert plain["validation"]["mean"] == pytest.approx(0.9)
    assert plain["validation"]["sd"] == pytest.approx(0.1)  # sqrt((0.01 + 0 + 0.01) / (3 - 1))
    intervals = {"interval": [[0.25, 0.75]] * 3}
    assert plain["test"] == {"accuracy": [0.5] * 3, "mean": 0.5, "sd": 0.0} | intervals
    intervals = {"interval": [[0.375, 0.875]]}
    assert wide["test"] == {"accuracy": [0.625], "mean": 0.625, "sd": None} | intervals
    assert wide["fields"] == {"model.hidden_features": 7} and wide["seeds"] == [1]
    assert record["missing"] == [
        "wide,deep-seed0",
        "missing-seed0",
        "missing-seed1",
        "wide,deep-seed2",
        "missing-seed2",
    ]
    assert record["versions"] == [VERSIONS, VERSIONS | {"jax": "0.11"}]


def test_markdown_is_the_expected_text(record):
    expected = """\
| point | validation | test, synthetic | AUC, test |
| --- | --- | --- | --- |
| plain | 0.900 ± 0.100 | 0.500 ± 0.000 | 0.750 ± 0.000 |
| wide, deep | 0.750 [0.625,_0.875] | 0.625 [0.375,_0.875] | 0.875 |

<details><summary>How this was made</summary>

Means ± standard deviations over seeds, or one seed's accuracy with Wilson's 95 % interval; \
seeds 0, 1, 2; 1 600 triplets a run; 4 runs, whose times add up to 2.0 hours on 2 core(s) of a \
processor. Made by `python -m sweep` with:
- python 3.11, jax 0.10
- python 3.11, jax 0.11

Not run: 5 of 9 points, of seed 0, 1, 2.

</details>
""".replace(",_", ",\u00a0")  # no line ends there
    assert table_ablations.markdown(record) == expected
    both = table_ablations.every([record, record | {"question": "How?"}])
    assert both == f"**Which?**\n\n{expected}\n**How?**\n\n{expected}"[:-1]


def test_csv_has_the_numbers_in_full(record):
    plain, wide = csv.DictReader(io.StringIO(table.as_csv(record)))
    assert plain["point"] == "plain" and plain["seeds"] == "0 1 2"
    assert float(plain["validation_sd"]) == record["rows"][0]["validation"]["sd"]
    assert float(plain["seconds"]) == 5400
    assert wide["point"] == "wide, deep" and wide["validation_sd"] == ""
    assert wide["test_mean"] == "0.625" and wide["auc_mean"] == "0.875"


def test_plot_shows_every_point(tmp_path):
    labels = ["plain", "a, " * 40 + "long label", "third"]
    accuracies = {"validation": [[0.8, 0.9, 1.0], [0.7], [0.6, 0.6]], "test": [[0.5], [0.4], [0.3]]}
    saving.save(figure.sweep(labels, accuracies), tmp_path / "plot")
    heights = []
    for count in (1, 3):
        shown = {name: values[:count] for name, values in accuracies.items()}
        saving.save(figure.sweep(labels[:count], shown), tmp_path / "some")
        with Image.open(tmp_path / "some.png") as picture:
            heights.append(picture.height)
            assert np.ptp(np.asarray(picture.convert("L"))) > 200
    assert heights[0] < heights[1]
    assert (tmp_path / "plot.png").read_bytes() == (tmp_path / "some.png").read_bytes()
    assert (tmp_path / "plot.svg").read_text().startswith("<?xml")
