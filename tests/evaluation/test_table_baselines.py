"""The tables say what the record says."""

import copy

import pytest

from imgforensics.evaluation import table_baselines


def judged(auc, rate=0.5, same_class=True):
    point = {"true_positive_rate": rate, "true_positive_interval": [rate - 0.1, rate + 0.1]}
    missing = {"true_positive_rate": None, "why": "300 negative pairs are fewer than 1000"}
    kind = {
        "accuracy": 0.9, "interval": [0.85, 0.95], "auc": auc, "auc_interval": [0.1, 0.2],
        "operating_points": [point, point, missing, missing],
    }  # fmt: skip
    cost = {
        "describing": 30.0, "comparing": 60.0, "images_per_second": 12.34,
        "pairs_per_second": 2_593_210.0,
    }  # fmt: skip
    kinds = {"random": kind, **({"same_class": {**kind, "auc": auc - 0.1}} if same_class else {})}
    return {"tuned_on": "validation_v01", "cost": cost, **kinds}


@pytest.fixture
def record():
    pairs = {"copy": 300, "random": 299, "same_class": 200, "same_source": 0}
    about = {"pairs": pairs, "images": 600, "sources": 9, "sha256": "0"}
    return {
        "contest": {
            "size": 300, "negatives": 299, "seed": 3, "held_out": [],
            "machine": {"cores": 2, "cpu": "some processor"},
        },
        "sets": {"validation_v01": about, "test_v01": about, "real": about},
        "systems": {
            "phash": {
                "about": {"title": "perceptual hash", "views": 8}, "left_out": {},
                "sets": {"test_v01": judged(0.7), "real": judged(0.6, same_class=False)},
            },
            "ours": {
                "about": {"title": "ours", "step": 5, "parameters": 8_840_000, "flops": 439_100_000},
                "left_out": {"real": "trained on it"},
                "sets": {"test_v01": judged(0.98)},
            },
        },
        "versions": {"jax": "0.1"},
    }  # fmt: skip


def test_areas_of_each_kind_on_each_set(record):
    assert table_baselines.areas(record, ["test_v01", "real"]) == [
        ("", "test, V01", "real"),
        ("perceptual hash", "0.700 / 0.600", "0.600"),
        ("ours", "0.980 / 0.880", ""),
    ]


def test_details(record):
    _, first, second = table_baselines.details(record, "test_v01")
    accuracy = "0.900 [0.850, 0.950]"
    assert first == (
        "perceptual hash", accuracy, accuracy, "0.500 [0.400, 0.600]", "too few pairs", "", "",
        "12.3", "2.59 M",
    )  # fmt: skip
    assert second[5:7] == ("8.84 M", "439 M")
    assert [row[0] for row in table_baselines.details(record, "real")[1:]] == ["perceptual hash"]


def test_the_footer_says_how_to_make_it_again(record):
    text = table_baselines.markdown(record)
    for part in (
        "`python -m experiments.baselines --folder=FOLDER --weights=ours=W --size=300 "
        "--negatives=299 --seed=3 --real=FOLDER --out=results/baselines.json`",
        "test, V01 300; 299, 200; real 300; 299, 200",
        "on 2 core(s) of some processor in 4 minutes",
        "(jax 0.1)",
    ):
        assert part in text
    assert "validation" not in text.partition("Copies, and")[0]


def test_sets_without_results_are_not_shown(record):
    fewer = copy.deepcopy(record)
    del fewer["systems"]["phash"]["sets"]["real"]
    assert "real" not in table_baselines.plain(fewer)
    assert "real" in table_baselines.plain(record)
