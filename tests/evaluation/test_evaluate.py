import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from here import run
from PIL import Image

from experiments.tables import table_negatives
from imgforensics.evaluation import protocols, results
from imgforensics.inference import weights
from imgforensics.reports import table1
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(model, micrographs, tmp_path_factory):
    """Weights, the micrographs as a folder of classes, and cases of three classes."""
    root = tmp_path_factory.mktemp("data")
    weights.export(model, root / "model.npz")
    for image, name, label in zip(micrographs.images, micrographs.names, micrographs.classes):
        (root / "micrographs" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / "micrographs" / label / f"{name}.png")
    for number, case in enumerate("xyz"):
        (root / "cases" / case).mkdir(parents=True)
        for k in range(3):
            crop = micrographs.images[number, k : 128 + k, :128]
            Image.fromarray(crop).save(root / "cases" / case / f"{k}.png")
    return root


@pytest.fixture(scope="module")
def evaluated(folder):
    """The record of the tiny model by a command of its own process, and what it printed."""
    file, out = folder / "model.npz", folder / "out" / "evaluation.json"
    command = [
        sys.executable, "-W", "error", "-m", "imgforensics", "evaluate", f"--weights={file}",
        "--source=folder", f"--folder={folder / 'micrographs'}", f"--real={folder / 'cases'}",
        f"--out={out}",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_the_record_says_what_was_measured_of_what_and_by_what(evaluated, folder, model):
    out, printed = evaluated
    record = json.loads(out.read_text())
    assert record["weights"] == {
        "path": str(folder / "model.npz"), "which": None, "step": 7, "triplets_seen": 7 * 256,
    }  # fmt: skip
    assert record["seed"] == 0 and record["scoring"] == "v01"
    assert record["config"] == json.loads(model.config.to_json())
    assert {"python", "jax", "flax", "numpy", "imgforensics", "commit"} == set(record["versions"])
    assert record["data"]["source"] == "folder" and record["data"]["read"]["source"] == "folder"
    assert record["validation"]["decisions"] == 60 and record["test"]["decisions"] == 40
    assert record["data"]["read"]["images"] == 100
    assert record["validation"]["split"] == 9 and record["test"]["split"] == 14
    assert record["real"]["classes"] == ["x", "y", "z"] and len(record["real"]["runs"]) == 3
    assert record["real"]["moments"] == "running" and record["real"]["cases"]["images"] == 9
    for which in ("validation", "test", "real"):
        low, high = record[which]["interval"]
        assert 0 <= low <= record[which]["accuracy"] <= high <= 1
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "evaluation.json", "real_runs.png", "real_runs.svg",
    ]  # fmt: skip
    assert printed.startswith(f"evaluating {folder / 'model.npz'}\n")
    assert "validation: accuracy 0." in printed and "3 classes in 3 runs, sd" in printed


def test_the_record_has_what_decides_in_screening(evaluated):
    out, printed = evaluated
    record = results.read(out, protocols.ALL)
    negatives = record["negatives"]
    assert negatives["images"] == negatives["sources"] == 14
    assert negatives["random"]["negatives"] == 14 * 13
    assert negatives["same_source"]["why"] == "there are no negative pairs of this kind"
    assert record["retrieval"]["distractors"] == 13 and len(record["retrieval"]["ranks"]) == 14
    assert record["nearest"]["classes"] == 3 and np.shape(record["nearest"]["ranks"]) == (3, 3)
    assert record["pairwise"]["positives"] == 9 and record["pairwise"]["negatives"] == 27
    for protocol in ("real", "nearest", "pairwise"):
        assert record[protocol]["cases"]["images"] == 9
    for line in (
        "negatives, random: 14 copies, 182 different pairs; accuracy 0.",
        "negatives, same_source: 14 copies, 0 different pairs: there are no negative pairs of this",
        "  false-positive rate 0.001: 182 negative pairs are fewer than 1000",
        " false pairs in 1000 images",
        "14 queries, 13 distractors each",
        "of 3 classes in 3 runs",
        "pairwise: 9 copies, 27 different pairs",
    ):
        assert line in printed, line


def test_some_protocols_and_distractors(folder, tmp_path):
    flags = [
        f"--weights={folder / 'model.npz'}", "--source=folder",
        f"--folder={folder / 'micrographs'}", f"--out={tmp_path / 'e.json'}",
    ]  # fmt: skip
    done = run(
        "evaluate", *flags, "--protocols=retrieval", f"--distractors={folder / 'micrographs'}"
    )
    assert done.returncode == 0, done.stderr
    record = results.read(tmp_path / "e.json", ["retrieval"])
    assert not {"validation", "negatives", "real", "pairwise"} & record.keys()
    assert record["retrieval"]["distractors"] == 113
    assert record["retrieval"]["hidden_among"]["crops"] == 100
    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]
    refused = run("table1", f"--results={tmp_path / 'e.json'}")
    assert "has no 'validation': evaluate again with it among --protocols" in refused.stderr
    refused = run("evaluate", *flags, "--protocols=retrieval,ROC")
    assert refused.stderr.startswith("error: there is no protocol 'ROC': choose of validation,")


def test_the_same_numbers_again_in_this_process(evaluated, folder, model):
    data = model.config.data.copy_and_resolve_references()
    data.update(source="folder", folder=str(folder / "micrographs"))
    again = protocols.measure(model, data, cases_folder=folder / "cases")
    record = results.read(evaluated[0])
    for which in ("validation", "test", "real"):
        for name, values in again[which].items():
            if name.startswith("likelihood"):
                np.testing.assert_allclose(values, record[which][name], rtol=1e-4)
    batch = protocols.measure(model, data, moments="batch", which=["test", "real"])
    assert len(batch["real"]["classes"]) == 54 and batch["real"]["moments"] == "batch"
    assert batch["test"] == again["test"] and batch["real"]["runs"] != again["real"]["runs"]


def test_wrong_input_is_one_line(folder, tmp_path):
    out = f"--out={tmp_path / 'e.json'}"
    for flags, message in (
        ([f"--weights={tmp_path / 'no.npz'}"], "there are no weights at"),
        ([f"--weights={folder / 'model.npz'}", "--folder=x"], "--folder needs --source"),
        ([f"--weights={folder / 'model.npz'}", f"--real={tmp_path}"], f"{tmp_path} holds no image"),
    ):
        failed = run("evaluate", *flags, out)
        assert failed.returncode == 1, failed.stderr
        lines = [line for line in failed.stderr.splitlines() if "reading cases" not in line]
        assert len(lines) == 1 and lines[0].startswith(f"error: {message}"), lines
    assert not (tmp_path / "e.json").exists()


def test_table_1_stands_beside_the_papers(evaluated):
    out, _ = evaluated
    done = run("table1", f"--results={out},{out}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2].split("  ")[0] == "trained on" and len(lines[4:8]) == 4
    assert lines[6].split()[-5:] == ["~384", "000", "0.96", "0.95", "0.94"]
    assert lines[7].split()[-6:] == ["~1", "280", "000", "0.98", "0.97", "0.92"]
    assert str(out) in done.stdout and "real_runs.png" in done.stdout
    done = run("table1", f"--results={out}", "--markdown")
    rows = [line.split(" | ") for line in done.stdout.splitlines()]
    assert [len(row) for row in rows] == [6] * 5 and rows[1] == ["| ---"] + ["---"] * 4 + ["--- |"]


def test_rows_are_made_of_the_records_numbers():
    measured = {"accuracy": 0.9034, "interval": [0.87, 0.93123]}
    record = {
        "config": {"data": {"source": "procedural", "folder": ""}, "model": {}},
        "data": {"source": "procedural", "folder": ""},
        "weights": {"step": 600, "triplets_seen": 19200},
        "validation": measured,
        "test": measured,
        "real": measured | {"sd": 0.0123, "moments": "batch"},
    }
    cell = "[0.870, 0.931]"
    assert table1.rows([record])[1] == (
        "procedural, batch moments in real", "600", "19 200",
        f"0.903 {cell}", f"0.903 {cell}", f"0.903 ± 0.012 {cell}",
    )  # fmt: skip
    record["data"] = {"source": "folder", "folder": "mine"}
    assert table1.rows([record])[1][0].startswith("procedural, judged on folder")


def test_negatives_have_a_row_for_each_kind(evaluated):
    record = results.read(evaluated[0])
    of_one_class = str(record["negatives"]["same_class"]["negatives"])
    header, *rows = table_negatives.rows(record)
    # There is no pair of one source image.
    assert [row[:2] for row in rows] == [("random", "182"), ("same class", of_one_class)]
    random = record["negatives"]["random"]
    low, high = random["auc_interval"]
    assert rows[0][2] == f"{random['auc']:.3f} [{low:.3f}, {high:.3f}]"
    assert rows[0][4] == "too few pairs"
    point = random["operating_points"][0]
    assert rows[0][5].startswith(f"{point['true_positive_rate']:.3f} [")
    false = f"{499_500 * point['false_positive_rate']:,.0f}".replace(",", " ")
    assert rows[0][6].startswith(f"{false} [")
    assert len({len(row) for row in (header, *rows)}) == 1


def test_where_the_files_of_a_run_lie(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("")
    record = {"weights": {"path": str(tmp_path), "which": "best", "step": 5}}
    text = table1.places(tmp_path / "evaluation.json", record)
    assert f"checkpoints: {tmp_path} (this row: best, step 5)" in text
    assert str(tmp_path / "metrics.jsonl") in text


def test_a_record_of_something_else_is_refused(tmp_path):
    for content in ("hello", "[]", "{}", '{"weights": 1}'):
        (tmp_path / "r.json").write_text(content)
        with pytest.raises(UserError, match="not a record that one of the experiments wrote"):
            results.read(tmp_path / "r.json")
    with pytest.raises(UserError, match="cannot read .*no.json: No such file"):
        results.read(tmp_path / "no.json")
