"""Keeps figures of earlier documents, among which `imgforensics screen` looks with --library=LIB.

    imgforensics library add LIB PATH...
    imgforensics library status LIB

`add` reads what is new, by the SHA-256 of files, and goes on where it was stopped. Each PATH is a
file or a folder of documents, as `imgforensics screen` takes them; LIB is a folder, made if
missing, or postgresql://HOST/DATABASE, which several may add to at once. Of a PATH that is a case,
what was read for that is taken. `status` tells what LIB holds.
"""

import os

from imgforensics.commands import shared
from imgforensics.engines import engines
from imgforensics.utils import servers
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = None
ADDRESSES = ("engine",)
_MODEL = shared.define_model(which=False)
_ENGINE = shared.define_engine()


def main(argv: list[str]) -> None:
    action, folder, *paths = [*argv[1:], "", ""][: max(2, len(argv) - 1)]
    if action not in ("add", "status") or not folder or bool(paths) != (action == "add"):
        raise UserError("give add LIB PATH..., or status LIB (--help says more)")
    servers.check(folder)
    engines.check(_ENGINE.value)
    print(f"library {printable(folder)}", flush=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads have pictures of their own
    from imgforensics.library import libraries
    from imgforensics.utils import compilation

    if action == "add":
        compilation.use_cache()
        with engines.opened(_ENGINE.value) as engine:
            libraries.add_paths(folder, paths, _MODEL.read(), engine)
    with libraries.reading(folder) as library:
        print("\n".join(library.describe()))
