"""The tables say what the record says."""

import copy

import pytest

from experiments.tables import table_baselines
from imgforensics.testsets import strengths


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
    machine = {"cores": 2, "cpu": "some processor"}
    return {"tuned_on": "validation_v01", "cost": cost, "machine": machine, **kinds}


@pytest.fixture
def record():
    pairs = {"copy": 300, "random": 299, "same_class": 200, "same_source": 0}
    about = {"pairs": pairs, "images": 600, "sources": 9, "sha256": "0"}
    return {
        "contest": {"size": 300, "negatives": 299, "seed": 3, "held_out": []},
        "sets": {"validation_v01": about, "test_v01": about, "real": about},
        "systems": {
            "phash": {
                "about": {
                    "title": "perceptual hash", "views": 8, "packages": {"ImageHash": "4.3.2"},
                },
                "left_out": {}, "tuned": {"validation_v01": {"random": 1.0}},
                "sets": {"test_v01": judged(0.7), "real": judged(0.6, same_class=False)},
            },
            "ours": {
                "about": {"title": "ours", "step": 5, "parameters": 8_840_000, "flops": 4.391e8},
                "left_out": {"real": "trained on it"},
                "tuned": {"validation_v01": {"random": 1.0}},
                "sets": {"test_v01": judged(0.98)},
            },
        },
        "versions": {"jax": "0.1", "commit": "a1"},
    }  # fmt: skip


def test_areas_of_each_kind_on_each_set(record):
    assert table_baselines.areas(record, ["test_v01", "real"]) == [
        ("", "test, V01", "real"),
        ("perceptual hash", "0.700 / 0.600", "0.600"),
        ("ours", "0.980 / 0.880", ""),
    ]


def test_details(record):
    accuracy = "0.900 [0.850, 0.950]"
    first = table_baselines.rates(record, "test_v01")[1]
    assert first == ("perceptual hash", accuracy, accuracy, "0.500 [0.400, 0.600]")
    _, first, second = table_baselines.costs(record, "test_v01")
    assert first == ("perceptual hash", "", "", "12.3", "2.59 M")
    assert second[1:3] == ("8.84 M", "439 M")
    assert [row[0] for row in table_baselines.rates(record, "real")[1:]] == ["perceptual hash"]


def test_copies_that_are_found(record):
    cell = "0.500 [0.400, 0.600]"
    header, first, second = table_baselines.found(record, ["test_v01", "real"])
    assert header == ("", "test, V01", "real") and first[1] == f"{cell} / {cell}"
    assert first[2] == cell and second[2] == ""
    missing = 4 * [{"true_positive_rate": None}]
    for system in record["systems"].values():
        system["sets"]["test_v01"]["same_class"]["operating_points"] = missing
    assert table_baselines.found(record, ["test_v01"])[1][1] == f"{cell} / too few pairs"
    for system in record["systems"].values():
        system["sets"]["test_v01"]["random"]["operating_points"] = missing
    assert table_baselines.found(record, ["test_v01"])[0] == ("",)


def test_columns_that_tell_nothing_are_left_out(record):
    """A number that one system has is shown, and what another doesn't do is left blank."""
    for system in record["systems"].values():
        points = system["sets"]["test_v01"]["random"]["operating_points"]
        points[1] = points[2]
    record["systems"]["ours"]["sets"]["test_v01"]["cost"]["images_per_second"] = None
    assert table_baselines.rates(record, "test_v01")[0] == (
        "", "balanced accuracy, random", "same class",
    )  # fmt: skip
    header, first, second = table_baselines.costs(record, "test_v01")
    assert header == ("", "parameters", "operations an image", "images/s", "pairs/s")
    assert first[1:4] == ("", "", "12.3") and second[3] == ""


def test_the_footer_says_how_to_make_it_again(record):
    text = table_baselines.markdown(record)
    for part in (
        "`python -m experiments.baselines --folder=FOLDER --weights=ours=W --systems=phash "
        "--sets=test_v01,real --size=300 --negatives=299 --seed=3 --real=FOLDER "
        "--out=OUT.json` on 2 core(s)",
        "test, V01 300; 299, 200; real 300; 299, 200",
        "on 2 core(s) of some processor in 4 minutes of judging",
        "(jax 0.1, commit a1, ImageHash 4.3.2)",
    ):
        assert part in text
    assert "validation" not in text.partition("Copies, and")[0]


def test_the_footer_tells_what_was_added_later(record):
    """Other sets have a command of their own, and other commits are told."""
    added = {
        "about": {"title": "XFeat", "packages": {"torch": "2"}}, "left_out": {},
        "tuned": {"validation_v01": {"random": 1.0}},
        "sets": {"test_v01": judged(0.9) | {"versions": {"jax": "0.1", "commit": "b2"}}},
    }  # fmt: skip
    record["systems"]["xfeat"] = added
    text = table_baselines.markdown(record)
    assert "--out=OUT.json` and again with `--systems=xfeat --sets=test_v01` on 2 core(s)" in text
    assert "(jax 0.1, commit a1 and b2, ImageHash 4.3.2, torch 2)" in text
    assert "in 6 minutes of judging" in text
    for system in record["systems"].values():
        system["tuning"] = {"validation_v01": {"describing": 60.0, "comparing": 0.0}}
    assert "in 9 minutes of tuning and judging" in table_baselines.markdown(record)
    ours = record["systems"]["ours"]
    ours["sets"]["validation_v01"] = ours["sets"]["test_v01"] | {
        "cost": ours["sets"]["test_v01"]["cost"] | ours["tuning"]["validation_v01"]
    }
    text = table_baselines.markdown(record)
    assert "in 9 minutes of tuning and judging" in text
    assert "|  | test, V01 | real | validation, V01 |" in text
    assert "On the pairs of test, V01:" in text


def test_the_footer_tells_what_each_machine_timed(record):
    """Speeds of two machines are no ratio, so that it has to be told."""
    record["systems"]["ours"]["sets"]["test_v01"]["machine"] = {"cores": 4, "cpu": "another"}
    assert (
        " on 2 core(s) of some processor (perceptual hash) and 4 core(s) of another (ours) in 4 "
        in table_baselines.markdown(record)
    )


def test_single_manipulations_have_a_table_of_their_own(record):
    """Means are over strengths that leave something to be found."""
    points = {
        name: [
            {"strength": float(x), "share": 1.0 if x in (0, about.neutral) else 0.25}
            for x in about.strengths
        ]
        for name, about in strengths.MANIPULATIONS.items()
    }  # fmt: skip
    record["sets"]["test_single"] = record["sets"]["test_v01"]
    alone = copy.deepcopy(record)
    record["systems"]["ours"]["sets"]["test_single"] = judged(0.9) | {"groups": points}
    record["systems"]["phash"]["sets"]["test_single"] = judged(0.9) | {"groups": {}}
    assert table_baselines.singles(record) == ["test_single"] != table_baselines.singles(alone)
    rows = table_baselines.single_manipulations(record, "test_single")
    assert rows[0] == ("", "ours")
    found = dict(rows[1:])
    assert found["crop overlap"] == found["rotation"] == found["JPEG"] == "0.25"
    text = table_baselines.plain(record)
    assert "Copies found at a false-positive rate of 1%, test, single manipulations" in text
    assert table_baselines.areas(record, ["test_v01"])[0] == ("", "test, V01")
    header = next(line for line in text.splitlines() if "test, V01" in line)
    assert "single" not in header
    for system in record["systems"].values():
        system["sets"].pop("test_v01"), system["sets"].pop("real", None)
    alone = table_baselines.plain(record)
    assert "Areas" not in alone and "tuned on validation" not in alone
    assert "tuned on validation" in text


def test_sets_without_results_are_not_shown(record):
    fewer = copy.deepcopy(record)
    del fewer["systems"]["phash"]["sets"]["real"]
    assert "real" not in table_baselines.plain(fewer)
    assert "real" in table_baselines.plain(record)
