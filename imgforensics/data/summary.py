"""A summary of what a source read and skipped, in a few lines for people."""

import textwrap

from imgforensics.utils.printable import printable

SHOWN = 10  # named files of one kind; the summary itself holds them all


def describe(summary: dict) -> str:
    """The summary as text: a line for each number, a paragraph for each table.

    Args:
        summary: `Micrographs.summary`: numbers, words, and tables of name to number or word.

    Returns:
        Lines of at most 100 characters where names allow.
    """
    lines = (line for key, value in summary.items() for line in _lines(key, value))
    return "\n".join(map(printable, lines))


def _lines(key: str, value) -> list[str]:
    title = key.replace("_", " ")
    if not isinstance(value, dict):
        return [f"{title}: {value}"]
    if not value:
        return [f"{title}: none"]
    if all(isinstance(entry, int) for entry in value.values()):
        # Lines break between entries only, so the spaces within are hidden from the wrapping.
        entries = [f"{name} {count}".replace(" ", "\0") for name, count in value.items()]
        wrapped = textwrap.wrap(
            f"{title} ({len(value)}): {', '.join(entries)}",
            100,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [line.replace("\0", " ") for line in wrapped]
    shown = [f"  {name}: {entry}" for name, entry in list(value.items())[:SHOWN]]
    more = [f"  and {len(value) - SHOWN} more"] if len(value) > SHOWN else []
    return [f"{title} ({len(value)}):", *shown, *more]
