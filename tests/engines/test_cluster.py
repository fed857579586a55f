"""Work on a cluster of two nodes on this machine."""

import contextlib
import logging
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'imgforensics[ray]'")
cluster_utils = pytest.importorskip("ray.cluster_utils")

from imgforensics.engines import cluster as of_ray  # noqa: E402
from imgforensics.engines import engines  # noqa: E402
from imgforensics.engines.local import LOCAL  # noqa: E402
from imgforensics.utils.errors import UserError  # noqa: E402

_STARVED = """
import time
from imgforensics.engines import engines

def slowly(number):
    time.sleep(2)
    return number

with engines.opened("ray") as engine:
    try:
        print(list(engine.in_order(slowly, [1])))
    except Exception as error:
        print(error)
"""

# Ray starts its processes by a fork, at once followed by another program.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")


@pytest.fixture(scope="module")
def nodes():
    """A cluster of a node without CPUs, for the program itself, and two that work."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # What these tests have done elsewhere is found there.
        patched.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
        found = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(2):
            found.add_node(num_cpus=1, num_gpus=0)
        ray.init(found.address, log_to_driver=False, logging_level=logging.ERROR)
        yield found
        ray.shutdown()
        found.shutdown()


@pytest.fixture
def engine(nodes):
    with engines.opened("ray") as opened:
        yield opened


def slowly(number):
    time.sleep(0.02 * (number % 3))
    return number, os.getpid()


def refuse(number):
    if number == 5:
        raise UserError("five is too many: take four")
    return number


class NotToBePickled(Exception):
    """Another number of arguments than of words."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


def fail(number):
    if number == 5:
        raise ValueError("five is\ntoo many")
    if number == 6:
        raise NotToBePickled("six", "seven")
    return number


def crash(number):
    if number == 5:
        os._exit(1)
    return number


@contextlib.contextmanager
def crashing():
    yield lambda name, path: crash(5 if name.endswith("b") else 0)


@contextlib.contextmanager
def reading():
    def read(name, path):
        if name == path:
            return name, None
        return name, pathlib.Path(path).read_bytes()

    yield read


def test_results_come_in_order_from_several_processes(engine):
    found = list(engine.in_order(slowly, range(50)))
    assert [number for number, _ in found] == list(range(50))
    assert len({process for _, process in found} - {os.getpid()}) == 2


def test_arrays_come_as_they_are(engine):
    arrays = [np.arange(number, dtype=np.float32) / 3 for number in range(5)]
    for sums in (engine.in_order(np.sqrt, arrays), engine.on_devices(np.sqrt, arrays)):
        for found, array in zip(sums, arrays, strict=True):
            np.testing.assert_array_equal(found, np.sqrt(array), strict=True)


def test_items_are_taken_while_there_is_work_and_no_sooner(engine):
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = engine.in_order(slowly, items())
    assert next(results)[0] == 0 and len(taken) < 100
    results.close()


def test_an_error_is_raised_as_itself_in_its_turn(engine):
    results = engine.in_order(refuse, range(20))
    with pytest.raises(UserError, match="^five is too many: take four$"):
        list(results)


@pytest.mark.parametrize("function", ["in_order", "on_devices"])
@pytest.mark.parametrize("number, told", [
    (5, "ValueError: five is"), (6, "NotToBePickled: six and seven"),
])  # fmt: skip
def test_another_error_is_one_line(engine, number, told, function):
    with pytest.raises(UserError) as error:
        list(getattr(engine, function)(fail, [1, number]))
    assert str(error.value).startswith(f"a task of the cluster fails ({told}): ")
    assert "\n" not in str(error.value)


def test_what_ends_every_worker_is_one_line(engine, monkeypatch):
    monkeypatch.setattr(of_ray, "_TRIES", 1)
    with pytest.raises(UserError, match="^the cluster fails .*run the same command again$"):
        list(engine.in_order(crash, [5]))


def test_a_file_that_ends_every_worker_is_named(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(of_ray, "_TRIES", 1)
    for name in "abc":
        (tmp_path / name).write_bytes(b"")
    results = engine.of_files(crashing, [str(tmp_path / name) for name in "abc"])
    assert next(results) == 0
    with pytest.raises(UserError, match=f"^the cluster fails at {tmp_path}/b "):
        next(results)


def test_a_cluster_that_has_no_cpus_yet_is_said_to(engine, capsys, monkeypatch):
    monkeypatch.setattr(of_ray, "_cpus", lambda: 0)
    assert list(engine.in_order(abs, [-1])) == [1]
    assert "has no CPUs now: waiting until a node is started" in capsys.readouterr().out


def test_the_content_of_files_goes_to_the_workers(engine, tmp_path):
    paths = [str(tmp_path / name) for name in ("a", "none", "b")]
    for path in paths[::2]:
        pathlib.Path(path).write_text(path)
    found = list(engine.of_files(reading, paths))
    assert found == [(paths[0], paths[0].encode()), (paths[1], None), (paths[2], paths[2].encode())]


def test_other_versions_on_a_node_are_refused(engine, monkeypatch):
    monkeypatch.setattr(of_ray, "_versions", lambda: dict.fromkeys(of_ray._PACKAGES, "0"))
    with pytest.raises(UserError, match="a node of the cluster has imgforensics .* machine 0: "):
        list(engine.in_order(abs, range(3)))


@pytest.mark.slow
def test_tasks_for_which_there_is_never_memory_end_in_one_line():
    """Of which Ray, by itself, would start one after another without end."""
    settings = {
        "RAY_ADDRESS": "local", "RAY_memory_usage_threshold": "0.001",
        "RAY_memory_monitor_refresh_ms": "100", "RAY_task_oom_retry_delay_base_ms": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _STARVED], env=os.environ | settings, capture_output=True,
        text=True, timeout=300, check=True,
    )  # fmt: skip
    *_, last = done.stdout.splitlines()  # after what Ray itself says of it
    assert last.startswith("the nodes of the cluster have too little memory: give them more")


@pytest.mark.slow
def test_where_nodes_are_lost_the_others_do_their_work(nodes, engine):
    numbers = engine.in_order(slowly, range(200))
    found = [next(numbers)]
    lost = nodes.add_node(num_cpus=1, num_gpus=0)
    found += [next(numbers) for _ in range(40)]
    nodes.remove_node(lost, allow_graceful=False)
    assert [number for number, _ in [*found, *numbers]] == list(range(200))


@pytest.mark.slow
def test_gpus_have_a_process_each_and_may_be_lost(nodes, engine):
    """Ray takes the word of a node that it has GPUs."""
    with_gpus = [nodes.add_node(num_cpus=1, num_gpus=1) for _ in range(2)]
    nodes.wait_for_nodes()
    numbers = engine.on_devices(slowly, range(30))
    found = [next(numbers) for _ in range(4)]
    assert len({process for _, process in found}) == 2
    nodes.remove_node(with_gpus[0], allow_graceful=False)
    found += numbers
    assert [number for number, _ in found] == list(range(30))
    numbers = engine.on_devices(slowly, range(30))
    next(numbers)
    nodes.remove_node(with_gpus[1], allow_graceful=False)
    with pytest.raises(UserError, match="lost all of its GPUs: run the same command again"):
        list(numbers)
    nodes.wait_for_nodes()
    assert list(LOCAL.on_devices(abs, [-1])) == list(engine.on_devices(abs, [-1])) == [1]


@pytest.mark.parametrize("name", ["ray", "ray://127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_one_line(monkeypatch, name):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(UserError, match="no Ray cluster at (ray://)?127.0.0.1:1: start one"):
        with engines.opened(name):
            pass
