"""The README and the pages in docs/: their tables, links, commands, and how they can be read."""

import pathlib
import re
import shlex
import subprocess

import pytest
from absl import flags

from experiments.tables import readme
from imgforensics import commands
from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_ROOT = pathlib.Path(__file__).parents[3]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))]
_BY_HAND = _ROOT / "docs" / "checks.md"  # what no test runs, with its last run
# What a test runs, and which; `make` targets are what CI runs, or are listed in docs/checks.md.
_RUN_BY = {
    "baselines": "experiments/alternatives/test_baselines_command.py",
    "blots": "experiments/test_blots_command.py",
    "benchmark": "experiments/benchmarks/test_benchmark_command.py",
    "scale_alpha": "commands/test_course.py",
    "command_page": "experiments/tables/test_command_page.py",
    "compare": "comparison/test_compare_command.py",
    "erasure": "explain/test_explain_commands.py",
    "evaluate": "evaluation/test_evaluate.py",
    "explain": "explain/test_explain_commands.py",
    "explore": "explore/test_explore_command.py",
    "export_weights": "commands/test_course.py",
    "figures": "reports/test_every_figure.py",
    "fit_verified": "commands/test_course.py",
    "library": "screening/test_screen_command.py",
    "nearest": "evaluation/test_neighbours.py",
    "pack": "commands/test_course.py",
    "pairwise": "evaluation/test_collection.py",
    "parity": "experiments/reference/test_parity_command.py",
    "prepare_data": "data/test_prepare_data.py",
    "robustness": "reports/test_every_figure.py",
    "score_pairs": "comparison/test_pairs.py",
    "report": "review/test_report.py",
    "review": "review/test_review_command.py",
    "screen": "screening/test_screen_command.py",
    "shared_library": "experiments/shared/test_shared_library.py",
    "spread": "experiments/tables/test_seeds.py",
    "sweep": "sweeps/test_sweep_command.py",
    "table1": "evaluation/test_evaluate.py",
    "train": "training/test_train_command.py",
    "verdicts": "screening/test_verdicts.py",
}
# Commands, which go on in the next line after a backslash, and end with their line or their span.
_COMMAND = re.compile(
    r"(?:^ *|`)(?:srun )?((?:python -m experiments\.|imgforensics )[a-z_0-9]+(?: +[^`\n#]*)?)", re.M
)


def text_of(page):
    return page.read_text(encoding="utf-8")


def commands_of(page):
    """Those with arguments, or that stand in a block of their own."""
    found = _COMMAND.findall(text_of(page).replace("\\\n", " "))
    return [each.strip() for each in found if "…" not in each]


def name_of(command):
    first, *words = shlex.split(command)
    return (words[1].removeprefix("experiments.") if first == "python" else words[0]), words


def _parse(command):
    """Takes a command's arguments as it would; returns the names of all flags that it has."""
    name, words = name_of(command)
    arguments = words[2:] if words[0] == "-m" else words[1:]
    package = "imgforensics.commands" if name in commands.ALL else "experiments"
    module = cli.load(f"{package}.{name}")
    cli.parse(module, [name, *arguments])
    return set(flags.FLAGS)


def _is_whole(command):
    """Whether it has its arguments, and is no example of how commands are named."""
    name, words = name_of(command)
    if "--help" in words or "[" in command or name.isupper():
        return False
    return len(words) > (3 if words[0] == "-m" else 1)


def _id(page):
    return page.name


@pytest.mark.parametrize("page", [_ROOT / name for name in readme.PAGES], ids=_id)
def test_tables_are_those_of_the_results(page):
    blocks = readme.PAGES[page.relative_to(_ROOT).as_posix()]
    text = text_of(page)
    assert readme.fill(text, _ROOT / "results", blocks) == text
    for block in blocks:
        place = f"<!-- {block} -->\n"
        changed = text.replace(place, f"{place}0.123 ")
        assert changed != text and readme.fill(changed, _ROOT / "results", blocks) == text


def test_no_table_is_forgotten():
    for page in _PAGES:
        found = re.findall(r"<!-- end of (\w+) -->", text_of(page))
        assert tuple(found) == readme.PAGES.get(page.relative_to(_ROOT).as_posix(), ())


@pytest.mark.parametrize("page", _PAGES, ids=_id)
def test_what_is_linked_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", text_of(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_readme():
    linked = set(re.findall(r"\(docs/([\w]+\.md)", text_of(_PAGES[0])))
    assert linked == {page.name for page in _PAGES[1:]}


def test_the_readme_is_short():
    lines = text_of(_PAGES[0]).splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 120


@pytest.mark.parametrize("page", _PAGES, ids=_id)
def test_commands_take_their_arguments(page):
    for command in filter(_is_whole, commands_of(page)):
        _parse(command)


def test_every_command_is_run_by_a_test_or_by_hand():
    by_hand = text_of(_BY_HAND)
    tests = _ROOT / "tests"
    for page in _PAGES:
        names = {name_of(command)[0] for command in commands_of(page)} - {"COMMAND", "NAME"}
        for name in names:
            assert name in _RUN_BY or f"experiments.{name}" in by_hand, (page.name, name)
        for target in re.findall(r"^make ([a-z0-9-]+)", text_of(page), re.M):
            assert target in ("test", "lint", "venv") or f"make {target}" in by_hand, target
    for name, path in _RUN_BY.items():
        assert re.search(rf'["\.]{name}\b', text_of(tests / path)), (name, path)


def test_make_table1_is_what_the_page_spells_out():
    """By hand or by make, the numbers are the same."""
    made = subprocess.run(
        ["make", "--dry-run", "--always-make", "table1"],
        cwd=_ROOT, check=True, capture_output=True, text=True,
    ).stdout.replace("\\\n", " ")  # fmt: skip
    by_make = [
        line.split("-m experiments.")[1].split()
        for line in made.splitlines()
        if "-m experiments." in line
    ]
    page = text_of(_ROOT / "docs" / "reproduction.md")
    block = page.split("which is the same as\n\n```sh\n")[1].split("```")[0]
    by_hand = [line.split()[1:] for line in block.splitlines()]
    by_hand[0][1] = "--config=configs/quick.py"
    by_hand[0].append("--config.seed=0")
    assert by_make == by_hand


@pytest.mark.parametrize(
    "command",
    [
        "python -m experiments.evaluate --wieghts=W --out=OUT",
        "imgforensics robustness --weights=W --split=none --out=OUT",
        "imgforensics train --config=paper --config.batch=3",
        "imgforensics compare A.png B.png C.png --out=OUT",
    ],
)
def test_wrong_arguments_are_noticed(command):
    with pytest.raises(UserError):
        _parse(command)


def test_flags_in_the_texts_are_those_of_a_command():
    known = set()
    for command in {command for page in _PAGES for command in commands_of(page)}:
        if _is_whole(command):
            known |= _parse(command)
    known |= {"help", "version", "config.FIELD"}
    for page in _PAGES:
        if page.name not in ("commands.md", "checks.md"):
            mentioned = set(re.findall(r"`--(\w+)", text_of(page)))
            assert mentioned - known == set(), page.name
