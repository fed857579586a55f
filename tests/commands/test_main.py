"""The command `imgforensics`: what it lists, what it helps with, and what it refuses."""

import pathlib
import subprocess
import sys

import pytest

from imgforensics import commands, main
from imgforensics.utils import cli

ROOT = pathlib.Path(__file__).parents[2]
FILES = {path.stem for path in (ROOT / "imgforensics" / "commands").glob("[!_]*.py")}
RESEARCHERS = {
    "accelerator",
    "baselines",
    "benchmark",
    "blots",
    "cluster_rates",
    "command_page",
    "copy_move",
    "fit_panels",
    "parity",
    "planted_reuse",
    "readme",
    "reranking",
    "reused_images",
    "screen_demo",
    "screening_times",
    "shared_library",
    "spread",
    "stages",
    "verdict",
    "verification_speed",
}  # in a clone only


def call(capsys, *arguments):
    """Output, errors and exit code of the command."""
    code = 0
    try:
        main.main(arguments)
    except SystemExit as ended:
        code = ended.code or 0
    out, err = capsys.readouterr()
    return out, err, code


def test_every_module_is_a_command_and_may_be_run_from_a_clone():
    assert set(commands.ALL) == FILES - {"shared"} and len(set(commands.ALL)) == len(commands.ALL)
    thin = {path.stem for path in (ROOT / "experiments").glob("[!_]*.py")}
    assert thin == set(commands.ALL) | RESEARCHERS


@pytest.mark.parametrize("asked", [["--help"], ["-h"], ["help"]])
def test_all_commands_are_listed(asked, capsys):
    out, _, code = call(capsys, *asked)
    assert code == 0
    for name in commands.ALL:
        assert f"\n  {name} " in out
    assert max(map(len, out.splitlines())) <= 120


_WITHOUT_OUT = (
    "train", "sweep", "fit_verified", "table1", "screen", "review", "library", "verdicts",
)  # fmt: skip


@pytest.mark.parametrize("name", commands.ALL)
def test_help_shows_the_flags_of_the_command_and_no_others(name, capsys):
    out, _, code = call(capsys, name, "--help")
    assert code == 0 and out.startswith(f"usage: imgforensics {name} ")
    assert f"imgforensics {name} " in out.split("\n", 1)[1], "no example"
    flags = out.partition("\nflags:\n")[2]
    assert "--out" in flags or name in _WITHOUT_OUT
    assert not {"verbosity", "pdb", "logtostderr", "helpfull"} & set(
        flags.replace("=", " ").split()
    )
    assert max(map(len, out.splitlines())) <= 100
    assert call(capsys, "help", name) == (out, "", 0)


def test_a_clone_runs_the_same_commands(tmp_path):
    """As one would type it; the first line tells that the flags were taken."""
    flags = ["--root=.", "--pairs=none.csv", f"--out={tmp_path / 'out.csv'}"]
    done = subprocess.run(
        [sys.executable, "-m", "experiments.score_pairs", *flags],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == "scoring none.csv\n"
    assert done.stderr.startswith("error: ") and "none.csv" in done.stderr


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "name a command (imgforensics --help lists all)"),
        (["comapre"], "there is no command 'comapre': did you mean compare? (--help lists all)"),
        (["xyz"], "there is no command 'xyz' (--help lists all)"),
        (["--out=x", "compare"], "--out=x comes before a command (imgforensics --help lists all)"),
        (["score_pairs", "--root=."], "--pairs is missing (--help lists the flags)"),
        (
            ["explore", "--otu=x"],
            "there is no flag --otu: did you mean --out? (--help lists all)",
        ),
        (["explore", "--out=x", "y"], "unexpected argument 'y': options are given as --name=value"),
        (["compare", "a", "b", "c"], "give A and [B] (3 given; --help says what they are)"),
        (["train", "--config=quick"], "--workdir is missing (--help lists the flags)"),
        (["sweep", "--workdir=x"], "--config is missing (--help lists the flags)"),
    ],
)
def test_mistakes_are_one_line(arguments, message, capsys):
    assert call(capsys, *arguments) == ("", f"error: {message}\n", 1)


def test_every_command_that_takes_weights_can_use_those_of_the_package(capsys):
    """Except those that make something of a training run's own weights."""
    needed = set()
    for name in commands.ALL:
        module = cli.load(f"imgforensics.commands.{name}")
        if "--weights=WEIGHTS" in (text := cli.usage(module, name)):
            weights = " ".join(text.split()).split("--weights=WEIGHTS", 1)[1].split(" --")[0]
            assert name == "figures" or ("(needed)" in weights) != ("of the package" in weights)
            needed |= {name} if "(needed)" in weights else set()
    assert needed == {"scale_alpha", "fit_verified"}


def test_nothing_in_the_package_sends_users_to_what_a_clone_has_only():
    for path in (ROOT / "imgforensics").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("experiments.", "make table1", "make venv"):
            assert word not in text, path


def test_the_version(capsys):
    out, _, code = call(capsys, "--version")
    assert code == 0 and out.startswith("imgforensics 0.") and out.count("\n") == 1
