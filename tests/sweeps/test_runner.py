"""Processes side by side, with scripts in place of trainings."""

import os
import signal
import sys
import time

import pytest

from imgforensics.sweeps import runner
from imgforensics.utils.errors import Interrupted


def tasks_of(folder, *scripts):
    return [
        runner.Task(
            f"task{number}", [sys.executable, "-S", "-c", script], folder / f"{number}" / "log.txt"
        )
        for number, script in enumerate(scripts)
    ]


def run(tasks, jobs=1, **arguments):
    """The exit codes by the tasks' names, in the order in which they ended."""
    codes = {}
    runner.run(tasks, jobs, lambda task, code: codes.update({task.name: code}), **arguments)
    return codes


def test_a_failing_task_stops_no_other_and_its_last_line_is_found(tmp_path):
    fails = (
        "import sys; print('started'); sys.stderr.write('\\rbar 50%\\rerror: no such\\n\\n');"
        "sys.exit(3)"
    )
    tasks = tasks_of(tmp_path, "print('one')", fails, "print('three')")
    assert run(tasks) == {"task0": 0, "task1": 3, "task2": 0}
    assert [runner.last_line(task.log) for task in tasks] == ["one", "error: no such", "three"]
    # What a second start prints comes after that of the first.
    assert run(tasks[:1]) == {"task0": 0}
    assert tasks[0].log.read_text() == "one\none\n"
    assert runner.last_line(tmp_path / "none") == "it is empty"


@pytest.mark.skipif(sys.platform != "linux", reason="cores are shared out on Linux only")
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_jobs_share_the_cores(jobs, tmp_path):
    script = (
        "import os, time\n"
        "time.sleep(0.3)\n"  # longer than the start takes
        "print(*sorted(os.sched_getaffinity(0)))"
    )
    tasks = tasks_of(tmp_path, *[script] * jobs)
    run(tasks, jobs)
    shares = [set(map(int, task.log.read_text().split())) for task in tasks]
    ours = os.sched_getaffinity(0)
    assert set.union(*shares) == ours
    sizes = [len(share) for share in shares]
    assert min(sizes) == max(1, len(ours) // jobs)
    assert sum(sizes) == max(len(ours), jobs)  # none is shared while there are enough


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_as_many_run_at_once_as_asked_for(jobs, tmp_path):
    """Each task waits for as many to have started, and notes when it starts and ends."""
    script = (
        "import os, sys, time\n"
        f"started = {str(tmp_path / 'started')!r}\n"
        "print(time.time(), flush=True)\n"
        "open(f'{started}.{os.getpid()}', 'w').close()\n"
        f"while sum('started' in name for name in os.listdir({str(tmp_path)!r})) < {jobs}:\n"
        "    time.sleep(0.01)\n"
        "print(time.time())"
    )
    tasks = tasks_of(tmp_path, *[script] * 4)
    assert set(run(tasks, jobs).values()) == {0}
    spans = [tuple(map(float, task.log.read_text().split())) for task in tasks]
    assert max(sum(start <= moment < end for start, end in spans) for moment, _ in spans) <= jobs


PATIENT = """
import pathlib, signal, sys, time
def catch(number, frame):
    print("signal", number, flush=True)
    time.sleep(0.3)  # as long as a step and its checkpoint take
    print("saved", flush=True)
    sys.exit(128 + number)
signal.signal(signal.SIGINT, catch)
signal.signal(signal.SIGTERM, catch)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_lets_running_tasks_save_and_starts_no_more(number, tmp_path, capsys):
    tasks = tasks_of(tmp_path, PATIENT, PATIENT, "print('never')")
    sent = []

    def tick():
        ready = [task.log.exists() and "ready" in task.log.read_text() for task in tasks[:2]]
        if all(ready) and not sent:
            sent.append(os.kill(os.getpid(), number))

    codes, before = {}, signal.getsignal(number)
    with pytest.raises(Interrupted, match="the same command goes on") as stopped:
        runner.run(tasks, 2, lambda task, code: codes.update({task.name: code}), tick)
    assert stopped.value.signal == number
    assert signal.getsignal(number) == before
    assert codes == {"task0": 128 + number, "task1": 128 + number}
    for task in tasks[:2]:
        assert task.log.read_text() == f"ready\nsignal {int(number)}\nsaved\n"
    assert not tasks[2].log.exists()
    assert "stopping once the running points have saved" in capsys.readouterr().err


def test_terminal_does_not_reach_the_tasks_itself(tmp_path):
    tasks = tasks_of(tmp_path, "import os; print(os.getsid(0) == os.getpid())")
    run(tasks)
    assert tasks[0].log.read_text() == "True\n"


def test_an_error_in_between_leaves_no_process_behind(tmp_path):
    tasks = tasks_of(tmp_path, PATIENT)

    def tick():
        if tasks[0].log.exists() and "ready" in tasks[0].log.read_text():
            raise RuntimeError("in between")

    start = time.monotonic()
    with pytest.raises(RuntimeError, match="in between"):
        run(tasks, tick=tick)
    assert time.monotonic() - start < 30
    assert "saved" in tasks[0].log.read_text()
