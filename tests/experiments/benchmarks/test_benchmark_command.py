"""`python -m experiments.benchmark` without its peers, the pinned file, and the table."""

import pathlib
import re
import subprocess
import sys

import pytest

from experiments.benchmarks import targets
from experiments.tables import table_benchmark

ROOT = pathlib.Path(__file__).parents[3]
_WITHOUT_PEERS = """
import runpy, sys
for module in ("torch", "kornia", "faiss"):
    sys.modules[module] = None
sys.argv = ["benchmark", "--out=" + sys.argv[1]]
runpy.run_module("experiments.benchmark", run_name="__main__")
"""


def test_without_the_peers_one_line_says_what_to_install(tmp_path):
    out = tmp_path / "benchmark.json"
    command = [sys.executable, "-c", _WITHOUT_PEERS, str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and not out.exists()
    [line] = done.stderr.splitlines()
    assert line.startswith("error: the benchmark needs torch, kornia, faiss-cpu: run `make bench")


def pins(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_pins_fit_the_lock():
    pinned, locked = pins("requirements-benchmark.txt"), pins("requirements.lock")
    assert {"torch", "kornia", "faiss-cpu"} <= pinned.keys()
    both = pinned.keys() & locked.keys()
    assert both and {name: pinned[name] for name in both} == {name: locked[name] for name in both}


def rate(per_second, unit, **more):
    return {"per_second": per_second, "unit": unit, **more}


def compared(ours, **peers):
    """A comparison in which the ratios are those of the rates."""
    ratios = {
        name: {"median": ours["per_second"] / peer["per_second"]} for name, peer in peers.items()
    }
    return {"ours": ours, "peers": peers, "ratios": ratios}


@pytest.fixture
def record():
    step = compared(
        rate(80.0, "images", share_of_peak=0.3), PyTorch=rate(100.0, "images", share_of_peak=0.375)
    )
    ready = compared(
        rate(82.0, "images", share_of_peak=0.31), PyTorch=rate(100.0, "images", share_of_peak=0.375)
    )
    found = {
        "repeats": 5,
        "machine": {"cpu": "a CPU", "cores": 2},
        "versions": {"jax": "1", "torch": "2", "kornia": "3", "faiss-cpu": "4"},
        "benchmark": {
            "manipulations": compared(
                rate(6000.4, "triplets"),
                Pillow=rate(200, "triplets"),
                kornia=rate(1000, "triplets"),
            ),
            "training": {
                **step,
                "ready_made": ready,
                "peak": {"per_second": 293.4e9},
                "manipulations": {"share_of_step": 0.0123},
            },
            "search": compared(rate(2.5e8, "pairs"), FAISS=rate(1e8, "pairs")),
            "start": {
                "first_lines": {"train": {"median": 0.5}, "sweep": {"median": 2.25}},
                "runs": {"cold": 90.0, "warm": 30.0},
            },
            "memory": {"peak": 3 * 2**30},
        },
    }
    return found | {"targets": targets.judge(found["benchmark"])}


def test_rows(record):
    header, *rows = table_benchmark.rows(record)
    assert len(header) == 5
    assert rows == [
        ("manipulations", "6 000 triplets/s", "Pillow: 200 triplets/s", "30.00×", "≥ 25×, met"),
        ("", "", "kornia: 1 000 triplets/s", "6.00×", ""),
        (
            "train step",
            "80.0 images/s, 30% of the peak",
            "PyTorch: 100 images/s, 38% of the peak",
            "0.80×",
            "≥ 1×, **missed**; aim ≥ 1.25×, **missed**",
        ),
        (
            "train step, ready-made batches",
            "82.0 images/s, 31% of the peak",
            "PyTorch: 100 images/s, 38% of the peak",
            "0.82×",
            "",
        ),
        ("manipulations' share of a step", "1.2%", "", "", "≤ 3 %, met"),
        ("search", "250 million pairs/s", "FAISS: 100 million pairs/s", "2.50×", "≥ 1×, met"),
        ("first line of the slowest command, sweep", "2.25 s", "", "", "≤ 2 s, **missed**"),
        (
            "a run of one small step with a filled cache",
            "30 s",
            "with an empty one: 90 s",
            "3.00×",
            "",
        ),
        ("peak memory of a step", "3.0 GiB", "", "", "≤ 8 GiB, met"),
    ]


def test_every_target_of_a_record_has_its_row(record):
    record["targets"][0]["name"] = "something else"
    with pytest.raises(ValueError, match="something else"):
        table_benchmark.rows(record)


def test_machine_and_versions_are_named(record):
    for text in (table_benchmark.plain(record), table_benchmark.markdown(record)):
        for fact in ("5 timings", "2 cores of a CPU", "PyTorch 2", "FAISS 4", "293 GFLOP/s"):
            assert fact in text
        assert text.count("**missed**") == 3


def test_memory_of_other_runs_is_shown_where_it_was_measured(record):
    record["benchmark"]["memory"] |= {
        "temporary": 5 * 2**30,
        "temporary_remat": 4 * 2**30,
        "host_fed": {"1000": 2**29, "10000": 2**29},
    }
    assert table_benchmark.rows(record)[-2:] == [
        (
            "temporary memory of a step with rematerialisation",
            "4.0 GiB",
            "without: 5.0 GiB",
            "0.80×",
            "",
        ),
        (
            "peak memory of a small run on 10 000 images on disk",
            "0.50 GiB",
            "on 1 000: 0.50 GiB",
            "1.00×",
            "",
        ),
    ]


def test_profile_is_told_where_it_was_measured(record):
    assert "profiled" not in table_benchmark.markdown(record)
    record["benchmark"]["profile"] = {"seconds": 8.04, "shares": {"rest": 0.25, "layers": 0.75}}
    sentence = "Where the time of a train step goes (8.0 s, profiled): layers 75.0%; rest 25.0%."
    for text in (table_benchmark.plain(record), table_benchmark.markdown(record)):
        assert text.endswith(f"\n\n{sentence}")
