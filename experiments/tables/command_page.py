"""All commands on one page, each by what its --help prints."""

import pathlib

from imgforensics import commands
from imgforensics.utils import cli

_INTRODUCTION = """# Commands

`imgforensics COMMAND --help` prints what stands here. From a clone, `python -m experiments.COMMAND`
is the same. This page is written by `python -m experiments.command_page`.
"""
_RESEARCHERS = """## For researchers

What compares this project with others, or brings its pages up to date, comes with a clone only.
"""


def page(experiments: pathlib.Path) -> str:
    """The page, in Markdown.

    Args:
        experiments: the folder of the commands that a clone has, those of users among them.
    """
    parts = [_INTRODUCTION, _contents()]
    for group, names in commands.GROUPS.items():
        parts.append(f"## {group}\n")
        for name in names:
            module = cli.load(f"{commands.__name__}.{name}")
            parts.append(_section(name, module, f"imgforensics {name}"))
    parts.append(_RESEARCHERS)
    for file in sorted(experiments.glob("[!_]*.py")):
        if file.stem not in commands.ALL:
            module = cli.load(f"experiments.{file.stem}")
            parts.append(_section(file.stem, module, f"python -m experiments.{file.stem}"))
    return "\n".join(parts)


def _contents():
    lines = []
    for group, names in commands.GROUPS.items():
        lines += [f"- {group}:", *(f"  [{name}](#{name})," for name in names)]
        lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([*lines, ""])


def _section(name, module, called):
    return f"### {name}\n\n```text\n{cli.usage(module, called)}\n```\n"
