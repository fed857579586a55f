"""Screens documents for re-used images: ranked pairs of regions for a person to look at.

    imgforensics screen PATH... --case=CASE [--library=LIB]
    imgforensics screen --repeat=MANIFEST --case=CASE

Each PATH is a file (PDF, DOCX, PPTX, ZIP, an image) or a folder of such. What is found out is kept
in the folder CASE: the same command goes on where it was stopped, and reads only what is new. CASE
gets rows.csv, the pairs of regions with the best first, and manifest.json, of which --repeat makes
the same rows again. Files that can't be read are named, and cost nothing else. Nothing leaves this
machine.
"""

import os

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = None
_MODEL = shared.define_model(which=False)
_CASE = flags.DEFINE_string("case", None, "Folder of the case; made if missing.", required=True)
_LIBRARY = flags.DEFINE_string("library", None, "Earlier figures, to be compared with, too.")
_SCOPE = flags.DEFINE_enum(
    "scope", "all", ["within", "across", "all"], "Compare within documents, across them, or both."
)
_CANDIDATES = flags.DEFINE_integer(
    "candidates", 100, "Nearest of each panel that are looked at.", lower_bound=1
)
_TOP = flags.DEFINE_integer("top", 200, "How many rows to list.", lower_bound=1)
_REPEAT = flags.DEFINE_string("repeat", None, "manifest.json of a screening to repeat.")


def main(argv: list[str]) -> int:
    paths = argv[1:]
    print(f"screening into {printable(_CASE.value)}", flush=True)
    if bool(paths) == bool(_REPEAT.value):
        raise UserError("name documents or folders to screen, or --repeat=MANIFEST instead")
    if _LIBRARY.value and _SCOPE.value == "within":
        raise UserError("a library is of other documents: leave --scope=within or --library away")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads have pictures of their own
    from imgforensics.screening import command
    from imgforensics.screening.manifest import Parameters
    from imgforensics.utils import compilation

    compilation.use_cache()
    parameters = Parameters(_SCOPE.value, _CANDIDATES.value, _TOP.value, _LIBRARY.value)
    if _REPEAT.value:
        return command.repeat(_CASE.value, _REPEAT.value, _MODEL.weights.value)
    command.run(_CASE.value, paths, parameters, _MODEL.weights.value)
    return 0
