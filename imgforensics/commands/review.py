"""Opens a case for a person to work through: a page on this machine alone.

    imgforensics review CASE [--library=LIB]

Prints a link, which works once and in one browser. Verdicts are kept in the case at once, with the
name of who gave them; end it with Ctrl-C. The page needs no network, and nothing leaves this
machine, but for verdicts with --library: these go to LIB, too, and those of others come from there
whenever the page is opened.
"""

import functools
import pathlib
import sys

from absl import flags

from imgforensics.utils import servers
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("CASE",)
ADDRESSES = ("library",)
_PORT = flags.DEFINE_integer("port", 0, "To listen on; 0 takes a free one.", 0, 65535)
_LIBRARY = flags.DEFINE_string(
    "library", None, "To share verdicts with: a folder or postgresql://..."
)


def main(argv: list[str]) -> None:
    if _LIBRARY.value:
        servers.check(_LIBRARY.value)
    from imgforensics.review import case, server
    from imgforensics.screening import sharing

    folder = pathlib.Path(argv[1])
    found = case.read(folder)
    if _LIBRARY.value:
        sharing.exchange(folder, _LIBRARY.value)
        found = case.read(folder)
    page = functools.partial(_page, folder, _LIBRARY.value)
    share = functools.partial(sharing.give, _LIBRARY.value) if _LIBRARY.value else None
    with server.Server(folder, page, found.manifest.model, _PORT.value, share) as serving:
        judged = sum(entry["verdict"] is not None for entry in found.entries)
        print(f"{printable(folder)}: {len(found.entries)} pairs, {judged} judged; open once:")
        print(f"  {serving.link}", flush=True)
        serving.serve_forever()


def _page(folder: pathlib.Path, library: str | None) -> str:
    from imgforensics.review import case
    from imgforensics.screening import sharing

    if library:
        try:
            sharing.exchange(folder, library)
        except UserError as error:  # the case has its own verdicts all the same
            print(f"verdicts are not shared for now: {printable(error)}", file=sys.stderr)
    return case.live(case.read(folder))
