"""Screens documents for re-used images: ranked pairs of regions for a person to look at.

    imgforensics screen PATH... --case=CASE [--library=LIB]
    imgforensics screen --repeat=MANIFEST --case=CASE

Each PATH is a file (PDF, DOCX, PPTX, ZIP, an image) or a folder of such. What is found out is kept
in the folder CASE: the same command goes on where it was stopped, and reads only what is new. CASE
gets rows.csv, the pairs of regions with the best first, and manifest.json, of which --repeat makes
the same rows again. Files that can't be read are named, and cost nothing else. Nothing leaves this
machine, but for embeddings that are searched for in a server's library, and work for a cluster.
"""

import datetime
import os

from absl import flags

from imgforensics.commands import shared
from imgforensics.engines import engines
from imgforensics.utils import servers
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = None
ADDRESSES = ("library", "engine")
_MODEL = shared.define_model(which=False)
_CASE = flags.DEFINE_string("case", None, "Folder of the case; made if missing.", required=True)
_LIBRARY = flags.DEFINE_string(
    "library", None, "Earlier figures, to be compared with, too: a folder or postgresql://..."
)
_SINCE = flags.DEFINE_string(
    "library_since", None, "Only what came into the library on this day (YYYY-MM-DD) or later."
)
_KIND = flags.DEFINE_enum(
    "library_kind", None, ["micrograph", "blot"], "Only such panels of the library."
)
_SCOPE = flags.DEFINE_enum(
    "scope", "all", ["within", "across", "all"], "Compare within documents, across them, or both."
)
_CANDIDATES = flags.DEFINE_integer(
    "candidates", 100, "Nearest of each panel that are looked at.", lower_bound=1
)
_TOP = flags.DEFINE_integer("top", 200, "How many rows to list.", lower_bound=1)
_ENGINE = shared.define_engine()
_REPEAT = flags.DEFINE_string("repeat", None, "manifest.json of a screening to repeat.")


def main(argv: list[str]) -> int:
    paths = argv[1:]
    print(f"screening into {printable(_CASE.value)}", flush=True)
    if bool(paths) == bool(_REPEAT.value):
        raise UserError("name documents or folders to screen, or --repeat=MANIFEST instead")
    if _LIBRARY.value and _SCOPE.value == "within":
        raise UserError("a library is of other documents: leave --scope=within or --library away")
    if (_SINCE.value or _KIND.value) and not _LIBRARY.value:
        raise UserError("--library_since and --library_kind are about a library: name --library")
    if _LIBRARY.value:
        servers.check(_LIBRARY.value)
    since = _day(_SINCE.value) if _SINCE.value else None
    engines.check(_ENGINE.value)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads have pictures of their own
    from imgforensics.screening import command
    from imgforensics.screening.manifest import Parameters
    from imgforensics.utils import compilation

    compilation.use_cache()
    parameters = Parameters(
        _SCOPE.value, _CANDIDATES.value, _TOP.value, _LIBRARY.value, since, _KIND.value
    )
    if _REPEAT.value:
        return command.repeat(_CASE.value, _REPEAT.value, _MODEL.weights.value, _ENGINE.value)
    command.run(_CASE.value, paths, parameters, _MODEL.weights.value, _ENGINE.value)
    return 0


def _day(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UserError(f"--library_since={text} is no day: give YYYY-MM-DD") from error
