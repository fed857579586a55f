"""What a run leaves for someone who can take only a few files of limited size.

They are written anew whenever the run is saved, each as a whole, so that whatever ends the run,
the last ones are there.
"""

import math
import os
import pathlib
import tarfile
import tempfile
from collections.abc import Iterable, Sequence

import ml_collections

from imgforensics.inference import weights
from imgforensics.training import checkpoints
from imgforensics.training.state import State
from imgforensics.utils import atomic
from imgforensics.utils.errors import UserError

MOST_FILES = 8
FILE_BYTES = 2**24
TOTAL_BYTES = 2**26
_KINDS = {"average": "average", "best": "best", "latest": "last"}  # the most useful ones first


def leave(
    config: ml_collections.ConfigDict,
    state: State,
    records: Sequence[pathlib.Path],
    compiled: pathlib.Path | None,
    out: str | os.PathLike,
) -> list[str]:
    """Writes weights, records and compiled programs of a run.

    Weights are `average.npz`, `best.npz` and `last.npz`, in half precision where they are too large
    otherwise. What is larger than a file may be is cut into `<name>.0`, `<name>.1`, ..., to be
    joined by `cat`. `records.tar` holds the records, `compiled.tar` the programs.

    Args:
        config: of the run.
        state: of the run.
        records: files, those that are missing are passed over.
        compiled: folder of the cache of compiled programs, if that is to be kept.
        out: folder to write to.

    Returns:
        What found no room, by name.
    """
    out = pathlib.Path(out)
    with tempfile.TemporaryDirectory() as made:
        scratch = pathlib.Path(made)
        files = [_tar(scratch / "records.tar", [path for path in records if path.exists()])]
        for which, name in _KINDS.items():
            if getattr(state, which) is not None:
                model = checkpoints.model_of(config, state, which)
                files.append(_weights(model, scratch / f"{name}.npz"))
        if compiled is not None and compiled.is_dir():
            files.append(_tar(scratch / "compiled.tar", sorted(compiled.iterdir())))
        return _place(files, out)


def unpack(path: str | os.PathLike, folder: pathlib.Path) -> None:
    """Puts back compiled programs that `leave` wrote.

    Raises:
        UserError: the file is missing, or no archive.
    """
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise UserError(f"cannot read compiled programs from {path}: {error}") from error


def _weights(model, path):
    weights.export(model, path)
    if path.stat().st_size > FILE_BYTES:
        path.unlink()
        weights.export(model, path, half=True)
    return path


def _tar(path, members: Iterable[pathlib.Path]):
    with tarfile.open(path, "w") as archive:
        for member in members:
            archive.add(member, member.name)
    return path


def _place(files, out):
    """Copies files, or parts of them, to a folder as far as they find room there."""
    out.mkdir(parents=True, exist_ok=True)
    number, size, left, written = 0, 0, [], set()
    for path in files:
        bytes_of_file = path.stat().st_size
        parts = max(1, math.ceil(bytes_of_file / FILE_BYTES))
        if number + parts > MOST_FILES or size + bytes_of_file > TOTAL_BYTES:
            left.append(path.name)
            continue
        number, size = number + parts, size + bytes_of_file
        with path.open("rb") as whole:
            for part in range(parts):
                name = path.name if parts == 1 else f"{path.name}.{part}"
                with atomic.writing(out / name, "wb") as file:
                    file.write(whole.read(FILE_BYTES))
                written.add(name)
    return left
