"""What a screening was made of, so that it can be repeated and its rows compared."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable

from imgforensics.evaluation import results
from imgforensics.library.interface import Filter
from imgforensics.library.store import Store
from imgforensics.screening import records, table
from imgforensics.screening.rows import Row
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError

NAME = "manifest.json"
_FORMAT = "imgforensics screening 1"
_PACKAGES = (
    "imgforensics", "jax", "flax", "numpy", "opencv-python-headless", "pillow", "pypdfium2",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Parameters:
    """What a screening can be told.

    Attributes:
        scope: which documents are compared, as of `candidates.propose`.
        candidates: how many of the nearest of each picture are looked at.
        top: how many rows are listed.
        library: folder or address of one, or None.
        since, kind: of the library's documents and panels, see `interface.Filter`.
    """

    scope: str = "all"
    candidates: int = 100
    top: int = 200
    library: str | None = None
    since: str | None = None
    kind: str | None = None

    @property
    def wanted(self) -> Filter:
        """What of the library is searched."""
        return Filter(since=self.since, kind=self.kind)


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A screening.

    Attributes:
        parameters: what it was told.
        inputs: SHA-256 of each file by its path.
        not_read: of each file that was not read, or not whole, the reasons.
        model, calibration: hashes of what judged.
        library: a hash of what was in the library; "" without one.
        versions: of Python and of packages, and the commit; None where it isn't known.
        searched: how many pictures, and among how many each was searched for.
        expected_false: rows that are expected to be false.
        rows: how many.
        rows_sha256: of the rows without verdicts.
        left_out: near pairs that were not looked at closely, since there were too many.
    """

    parameters: Parameters
    inputs: dict[str, str]
    not_read: dict[str, str]
    model: str
    calibration: str
    library: str
    versions: dict[str, str | None]
    searched: tuple[int, int]
    expected_false: float
    rows: int
    rows_sha256: str
    left_out: int = 0


def write(store: Store, manifest: Manifest) -> None:
    """Writes it into a case."""
    records.write(store.folder / NAME, _FORMAT, dataclasses.asdict(manifest))


def read(path: str | os.PathLike) -> Manifest:
    """Reads what `write` wrote.

    Raises:
        UserError: it can't be read, or holds something else.
    """
    refusal = f"is no manifest of a screening: name a {NAME}"
    record = records.read(path, _FORMAT, refusal)
    try:
        parameters = Parameters(**record.pop("parameters"))
        return Manifest(parameters=parameters, **record | {"searched": tuple(record["searched"])})
    except (KeyError, TypeError) as error:
        raise UserError(f"{path} {refusal}") from error


def check_inputs(manifest: Manifest) -> None:
    """Refuses to repeat a screening whose inputs have changed.

    Raises:
        UserError: names the first that did.
    """
    for path, digest in manifest.inputs.items():
        try:
            same = digests.of_file(path) == digest
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from error
        if not same:
            raise UserError(f"{path} has changed since: its SHA-256 was {digest}")


def versions() -> dict[str, str | None]:
    """Of the packages that the rows depend on."""
    return results.versions(_PACKAGES)


def digest(rows: Iterable[Row]) -> str:
    """SHA-256 of rows as they are without verdicts, in hexadecimal."""
    plain = [dataclasses.replace(row, judged=None) for row in rows]
    _, *cells = (cells[1:] for cells in table.lines(plain))  # without the rank
    return hashlib.sha256(json.dumps(sorted(cells)).encode()).hexdigest()
