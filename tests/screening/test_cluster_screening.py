"""`imgforensics screen --engine=ray` on two nodes of this machine, which are killed, too."""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'imgforensics[ray]'")
cluster_utils = pytest.importorskip("ray.cluster_utils")

from imgforensics import main  # noqa: E402
from imgforensics.library import build  # noqa: E402
from imgforensics.screening import looks  # noqa: E402

# Ray starts its processes by a fork, at once followed by another program.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
# Each with the seconds within which a node is killed. Votes take little more than a worker's start.
STAGES = {
    "reading": 3,
    "embedding": 3,
    "describing": 1,
    "voting": 0.3,
    "looking closely": 5,
    "looking within": 5,
}


@pytest.fixture(scope="module", autouse=True)
def few_looks():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(looks, "_MORE", 4)
        yield


@pytest.fixture(scope="module")
def paths(documents, tmp_path_factory):
    """What is screened: with a file that no node can be sent."""
    folder = tmp_path_factory.mktemp("pipes")
    os.mkfifo(folder / "pipe.png")
    return [str(documents), str(folder)]


@pytest.fixture(scope="module")
def alone(paths, tmp_path_factory):
    """The case as this machine makes it."""
    case = tmp_path_factory.mktemp("cases") / "alone"
    main.main(["screen", *paths, f"--case={case}"])
    return case


@pytest.fixture
def nodes(monkeypatch):
    """A cluster of a node for the program, which lasts, and two that work."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    found = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(2):
        found.add_node(num_cpus=1, num_gpus=0)
    monkeypatch.setenv("RAY_ADDRESS", found.address)
    yield found
    found.shutdown()


def check(case, alone):
    """What is found, and all that it was found by, is the same to the last bit."""
    assert (case / "rows.csv").read_bytes() == (alone / "rows.csv").read_bytes()
    made, wanted = (json.loads((each / "manifest.json").read_text()) for each in (case, alone))
    assert made | {"versions": None} == wanted | {"versions": None}  # the tree may have changed
    kept = {path.relative_to(alone) for path in alone.glob("[cpf][oia]*/**/*") if path.is_file()}
    assert {pathlib.Path("columns") / name for name in ("wholes", "parts")} < kept
    for path in kept:
        assert (case / path).read_bytes() == (alone / path).read_bytes(), path


@pytest.mark.slow
def test_two_nodes_make_the_same_case(paths, alone, nodes, tmp_path):
    main.main(["screen", *paths, f"--case={tmp_path}/case", "--engine=ray"])
    check(tmp_path / "case", alone)
    assert not ray.is_initialized()


@pytest.mark.slow
def test_ctrl_c_ends_it_and_this_machine_goes_on(paths, alone, nodes, tmp_path):
    arguments = ["screen", *paths, f"--case={tmp_path}/case"]
    with subprocess.Popen(
        [sys.executable, "-m", "imgforensics", *arguments, "--engine=ray"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        next(line for line in process.stderr if "embedding" in line)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().endswith("interrupted\n")
    assert process.returncode == 130
    main.main(arguments)
    check(tmp_path / "case", alone)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_node_is_killed_in_each_stage(seed, paths, alone, nodes, tmp_path, monkeypatch):
    """At a random moment, or at its end if that comes first; another one replaces it then."""
    rng, killed = random.Random(seed), []
    bar = build.bar

    def kill(title, after):
        time.sleep(after)
        node = rng.choice(sorted(nodes.worker_nodes, key=lambda each: each.unique_id))
        nodes.remove_node(node, allow_graceful=False)
        killed.append(title)

    @contextlib.contextmanager
    def with_a_kill(title, total, unit):
        if not total or title not in STAGES:
            with bar(title, total, unit) as advance:
                yield advance
            return
        killer = threading.Thread(target=kill, args=(title, rng.uniform(0, STAGES[title])))
        killer.start()
        with bar(title, total, unit) as advance:
            yield advance
        killer.join()
        nodes.add_node(num_cpus=1, num_gpus=0)

    monkeypatch.setattr(build, "bar", with_a_kill)
    main.main(["screen", *paths, f"--case={tmp_path}/case", "--engine=ray"])
    assert killed == list(STAGES)
    check(tmp_path / "case", alone)
