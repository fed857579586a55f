"""Ctrl-C in a program whose main thread is in a library that doesn't look up."""

import signal
import subprocess
import sys

import pytest

BUSY = """
import hashlib, signal, time
from imgforensics.utils import cli, interrupts

signal.signal(signal.SIGINT, signal.default_int_handler)  # shells may have it ignored
interrupts.GRACE = 0.5

def busy():
    print("busy", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2 * 10**9)  # half an hour

def main(argv):
    {body}

cli.run(main)
"""
# A handler that takes longer than the grace, as that of the training loop, which saves.
PATIENT = """signal.signal(signal.SIGINT, lambda *_: caught.append(1))
    caught = []
    with interrupts.handled(1):
        print("busy", flush=True)
        while not caught:
            time.sleep(0.01)
        time.sleep(1)
        print("saved")
        {then}"""
COMPILING = """signal.signal(signal.SIGINT, lambda *_: None)
    with interrupts.handled(0):
        interrupts.handled_once_called(busy)()"""
COMPILED = PATIENT.replace(
    "handled(1):", "handled(0):\n        interrupts.handled_once_called(id)(0)"
)


def interrupted(body):
    """Exit code, other lines on stdout and stderr of a program that gets SIGINT when it is busy."""
    with subprocess.Popen(
        [sys.executable, "-c", BUSY.format(body=body)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        lines = []
        for line in process.stdout:
            if line == "busy\n":
                process.send_signal(signal.SIGINT)
            else:
                lines.append(line.strip())
        return process.wait(), lines, process.stderr.read()


@pytest.mark.parametrize("body", ["busy()", COMPILING])
def test_a_program_ends_though_its_main_thread_is_busy(body):
    assert interrupted(body) == (130, [], "interrupted\n")


def test_handlers_are_given_the_time_that_they_take():
    for body in (PATIENT, COMPILED):
        assert interrupted(body.format(then="pass")) == (0, ["saved"], "")


def test_what_was_handled_once_ends_the_program_the_second_time():
    assert interrupted(PATIENT.format(then="busy()")) == (130, ["saved"], "interrupted\n")


def test_a_program_in_python_tidies_up():
    body = """interrupts.GRACE = 60
    try:
        print("busy", flush=True)
        time.sleep(90)
    finally:
        print("tidied up")"""
    assert interrupted(body) == (130, ["tidied up"], "interrupted\n")
