"""How commands end where nobody reads what they print."""

import os
import subprocess
import sys

import pytest

PRINTING = "from imgforensics.utils import cli; cli.run(lambda argv: print('line\\n' * {lines}))"
RAISING = """
import os
from imgforensics.utils import cli
def main(argv):
    read, write = os.pipe()
    os.close(read)
    os.write(write, b"lost")
cli.run(main)
"""


def run_unread(code, **environment):
    """Runs code whose stdout has no reader from the beginning."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [sys.executable, "-c", code],
            stdout=write, stderr=subprocess.PIPE, text=True, timeout=300,
            env=inherited | environment,
        )  # fmt: skip
    finally:
        os.close(write)


@pytest.mark.parametrize(
    "lines,environment", [(1, {}), (100_000, {}), (1, {"PYTHONUNBUFFERED": "1"})]
)
def test_a_command_ends_quietly_when_its_reader_has_gone(lines, environment):
    """Of one line this shows at the end only, of many while they are printed."""
    done = run_unread(PRINTING.format(lines=lines), **environment)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("returned", [None, 0, 2])
def test_what_a_command_returns_is_its_exit_code(returned):
    code = f"from imgforensics.utils import cli; cli.run(lambda argv: {returned})"
    assert subprocess.run([sys.executable, "-c", code], timeout=300).returncode == (returned or 0)


def test_interrupted_commands_end_as_shells_tell():
    code = (
        "from imgforensics.utils import cli, errors\n"
        "def main(argv):\n    raise errors.Interrupted('saved', 15)\n"
        "cli.run(main)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "saved\n")


def test_a_pipe_that_is_not_stdout_is_no_reader():
    done = subprocess.run(
        [sys.executable, "-c", RAISING], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1 and "BrokenPipeError" in done.stderr


@pytest.mark.parametrize("flag", ["--folder=gs://bucket/images", "--folder=s3://b"])
def test_addresses_are_refused_before_anything_is_done(flag):
    code = (
        "from absl import flags; from imgforensics.utils import cli; "
        "flags.DEFINE_string('folder', None, 'help'); cli.run(lambda argv: print('done'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, flag], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith(f"error: {flag.replace('=', ' ')} is an address, and only local")
