"""Opens a case for a person to work through: a page on this machine alone.

    imgforensics review CASE

Prints a link, which works once and in one browser. Verdicts are kept in the case at once, with the
name of who gave them; end it with Ctrl-C. The page needs no network, and nothing leaves this
machine.
"""

import functools
import pathlib

from absl import flags

from imgforensics.utils.printable import printable

ARGUMENTS = ("CASE",)
_PORT = flags.DEFINE_integer("port", 0, "To listen on; 0 takes a free one.", 0, 65535)


def main(argv: list[str]) -> None:
    from imgforensics.review import case, server

    folder = pathlib.Path(argv[1])
    found = case.read(folder)
    page = functools.partial(_page, folder)
    with server.Server(folder, page, found.manifest.model, _PORT.value) as serving:
        judged = sum(entry["verdict"] is not None for entry in found.entries)
        print(f"{printable(folder)}: {len(found.entries)} pairs, {judged} judged; open once:")
        print(f"  {serving.link}", flush=True)
        serving.serve_forever()


def _page(folder: pathlib.Path) -> str:
    from imgforensics.review import case

    return case.live(case.read(folder))
