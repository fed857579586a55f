"""Runs of several seeds: what is kept of each, and how the tables tell of them."""

import json
import pathlib
import subprocess
import sys

import pytest

from experiments.tables import seeds, table_summary
from imgforensics.reports import table1, tables
from imgforensics.utils.errors import UserError


def measured(accuracy):
    return {"accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.01]}


def record(seed=0, validation=0.93, path="runs/quick", steps=500, source="procedural", step=400):
    return {
        "weights": {"path": path, "which": "best", "step": step, "triplets_seen": 32 * step},
        "seed": seed,
        "data": {"source": "procedural", "folder": ""},
        "validation": measured(validation),
        "test": measured(0.9),
        "real": measured(0.87) | {"sd": 0.03, "moments": "running"},
        "versions": {"commit": "abc"},
        "config": {
            "seed": seed,
            "steps": steps,
            "data": {"source": source, "folder": ""},
            "model": {"architecture": "compact"},
        },
    }


def test_the_first_record_gets_the_accuracies_of_all():
    runs = [record(3, 0.93), record(1, 0.95), record(2, 0.92)]
    joined = seeds.joined(runs)
    assert {name: joined[name] for name in runs[0]} == runs[0]
    assert [run["seed"] for run in joined["seeds"]] == [3, 1, 2]
    assert joined["seeds"][1] == {
        "seed": 1, "step": 400, "triplets_seen": 12800,
        "validation": 0.95, "test": 0.9, "real": 0.87, "commit": "abc",
    }  # fmt: skip


def test_the_command_reads_and_writes_records(tmp_path):
    runs = [record(0), record(1)]
    paths = [tmp_path / "0.json", tmp_path / "1.json"]
    for run, path in zip(runs, paths, strict=True):
        path.write_text(json.dumps(run))
    flags = [f"--results={paths[0]},{paths[1]}", f"--out={tmp_path / 'both.json'}"]
    command = [sys.executable, "-W", "error", "-m", "experiments.spread", *flags]
    root = pathlib.Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    joined = seeds.joined(runs)
    assert json.loads((tmp_path / "both.json").read_text()) == joined
    assert tables.plain(table1.rows([joined])) in done.stdout


def test_runs_that_are_not_of_one_kind_are_refused():
    with pytest.raises(UserError, match="the same seed: 0, 1, 0"):
        seeds.joined([record(0), record(1), record(0)])
    with pytest.raises(UserError, match="seed 1 differs in more than the seed"):
        seeds.joined([record(0), record(1, steps=9)])


def test_tables_give_the_lowest_and_the_highest():
    joined = seeds.joined([record(0, 0.93), record(1, 0.95, step=300), record(2, 0.92)])
    _, first, spread, *_ = table1.rows([joined])
    assert spread == (
        f"{first[0]}, lowest to highest of 3 seeds", "300 to 400", "9 600 to 12 800",
        "0.920 to 0.950", "0.900", "0.870",
    )  # fmt: skip
    shipped = record(0, 0.99, path="imgforensics/pretrained/weights.npz", source="folder")
    others = [shipped, joined, record(path="runs/mine", source="folder")]
    _, first, quick, spread, *paper = table_summary.rows(others)
    assert first[::2] == ("the package's weights", "0.990 [0.980, 1.000]", first[4])
    assert quick[::2] == ("`make table1`", "0.930 [0.920, 0.940]", quick[4])
    assert spread[::2][:2] == ("`make table1`, lowest to highest of 3 seeds", "0.920 to 0.950")
    assert [row[0] for row in paper] == ["the paper's"] * 2
