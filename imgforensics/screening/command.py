"""What the command `imgforensics screen` does and says."""

import pathlib
import time

from imgforensics.library import store as stores
from imgforensics.screening import manifest
from imgforensics.screening.manifest import Manifest, Parameters
from imgforensics.screening.screen import ROWS, screen
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_MAX_NAMED = 20  # files that could not be read, in what is printed


def run(
    case: str, paths: list[str], parameters: Parameters, weights: str | None, engine: str
) -> Manifest:
    """Screens documents into a case, and says what came of it.

    Args:
        case: folder.
        paths: files and folders.
        parameters: how to search.
        weights: of the model, and beside them their calibration; None for the package's.
        engine: see `screen`.

    Raises:
        UserError: see `screen`.
    """
    started = time.monotonic()
    rows, made = screen(
        paths, case, library=parameters.library, scope=parameters.scope,
        candidates=parameters.candidates, top=parameters.top, weights=weights,
        library_since=parameters.since, library_kind=parameters.kind,
        engine=engine,
    )  # fmt: skip
    _say(case, made, len(rows), time.monotonic() - started)
    return made


def repeat(case: str, path: str, weights: str | None, engine: str) -> int:
    """Screens what a manifest names, in the same way; returns 1 if other rows come of it.

    Raises:
        UserError: the inputs have changed, or the case holds something already.
    """
    before = manifest.read(path)
    manifest.check_inputs(before)
    if stores.is_store(case):
        raise UserError(f"{case} holds a case already: name a new folder for what is repeated")
    made = run(case, list(before.inputs), before.parameters, weights, engine)
    if made.rows_sha256 == before.rows_sha256:
        print(f"the rows are those of {printable(path)}")
        return 0
    changed = [
        name for name in ("model", "calibration", "library", "versions")
        if getattr(before, name) != getattr(made, name)
    ]  # fmt: skip
    print(
        f"the rows are not those of {printable(path)}: {before.rows} then, {made.rows} now; "
        f"{', '.join(changed) or 'nothing of what made them'} has changed"
    )
    return 1


def _say(case, made: Manifest, shown: int, seconds: float) -> None:
    own, among = made.searched
    print(
        f"{len(made.inputs)} files; searched {own:,} panels among {among:,} in {seconds:.0f} s; "
        f"{made.expected_false:.1f} false rows expected"
    )
    if made.left_out:
        print(f"{made.left_out:,} more pairs are near by f, too many to look at closely")
    if made.not_read:
        print(f"NOT READ, or not whole: {len(made.not_read)} files")
        for path, reason in list(made.not_read.items())[:_MAX_NAMED]:
            print(f"  {printable(path)}: {reason}")
        if len(made.not_read) > _MAX_NAMED:
            print(f"  and {len(made.not_read) - _MAX_NAMED} more; {manifest.NAME} names all")
    more = f" of {made.rows}" if shown < made.rows else ""
    print(f"{shown}{more} rows in {printable(pathlib.Path(case, ROWS))}")
