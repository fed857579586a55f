"""The rates of a cluster: measured at a small size, and the table of them."""

import json

import cv2
import numpy as np
import pytest

from experiments.tables import readme, table_cluster
from experiments.times import documents
from imgforensics.evaluation import results
from imgforensics.screening import looks
from imgforensics.utils import cli


def record(**changed):
    one = {
        stage: {"done": 40, "seconds": 20.0, "cpu_seconds_here": 0.4}
        for stage in ("read", "embedded", "described", "searched", "voted", "looked", "within")
    }
    one |= changed
    two = {stage: each | {"seconds": each["seconds"] / 1.6} for stage, each in one.items()}
    machine = {"cpu": "a processor", "cores": 2, "system": "Linux"}
    return {"machine": machine, "documents": 1, "clusters": {"1": one, "2": two}}


def test_rates_of_more_workers_are_computed_up_to_what_one_command_hands_out():
    header, read, *_ = table_cluster.rows(record())
    assert header[2:6] == ("1 worker", "2 workers", "16 (computed)", "256 (computed)")
    assert read[1:] == ("panels", "2.0", "3.2", "32.0", "100", "100")
    (searched,) = [row for row in table_cluster.rows(record()) if row[0].startswith("searched,")]
    assert searched[2:] == ("2.0", "3.2", "", "", "")


def test_what_an_archive_takes_is_the_sum_of_its_three_stages():
    slower = {"done": 40, "seconds": 40.0, "cpu_seconds_here": 0.4}
    hours = table_cluster.core_hours(record(embedded=slower))
    assert hours == pytest.approx(1e8 * (1 / 2 + 1 / 1 + 1 / 2) / 3600)
    text = table_cluster.markdown([{"cluster_rates": record()}])
    assert "100,000,000 panels" in text and "cores of a processor" in text


def test_the_page_has_the_table_once_there_is_a_record(tmp_path):
    results.write({"versions": {}}, tmp_path / "other.json")
    text = "<!-- cluster -->\nwhat was here\n<!-- end of cluster -->\n"
    assert "Not measured yet." in readme.fill(text, tmp_path, ["cluster"])
    results.write({"cluster_rates": record(), "versions": {}}, tmp_path / "cluster.json")
    filled = readme.fill(text, tmp_path, ["cluster"])
    made = table_cluster.markdown([{"cluster_rates": record()}])
    assert filled == f"<!-- cluster -->\n{made}\n<!-- end of cluster -->\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
def test_a_cluster_is_timed(tmp_path, capsys, monkeypatch):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'imgforensics[ray]'")
    for number in range(documents.panels(2)):
        noise = np.random.default_rng(number).normal(size=(256, 256))
        levels = cv2.GaussianBlur(noise, (0, 0), 2)
        pixels = np.uint8(np.clip(128 + 50 * levels / levels.std(), 0, 255))
        path = tmp_path / "images" / f"class_{number % 4}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), pixels)
    monkeypatch.setattr(looks, "_MORE", 4)  # such textures are all near by f
    module = cli.load("experiments.cluster_rates")
    out = tmp_path / "cluster.json"
    arguments = [f"--folder={tmp_path}/images", "--documents=1", "--workers=1", f"--out={out}"]
    cli.run(module.main, arguments, "experiments.cluster_rates")
    stages = json.loads(out.read_text())["cluster_rates"]["clusters"]["1"]
    assert stages["read"]["done"] == stages["embedded"]["done"] == documents.panels(1)
    assert all(each["done"] and each["seconds"] > 0 for each in stages.values())
    assert "| read and cut into panels | panels |" in capsys.readouterr().out
