"""Commands that are run by the process of the tests, which has imported and compiled already."""

import contextlib
import io
import pathlib
import subprocess

from imgforensics import main
from imgforensics.utils import cli

ROOT = pathlib.Path(__file__).parents[1]


def run(*arguments):
    """Runs `imgforensics` with some arguments in the repository's root.

    Returns:
        Its exit code and what it said, as `subprocess.run` would.
    """
    return _called(lambda: main.main([str(argument) for argument in arguments]))


def experiment(name, *arguments):
    """Runs `python -m experiments.NAME` likewise."""

    def call():
        module = cli.load(f"experiments.{name}")
        cli.run(module.main, [str(argument) for argument in arguments])

    return _called(call)


def _called(command):
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code = 0
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            command()
        except SystemExit as end:
            code = end.code or 0
    said = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess([], code, *said)
