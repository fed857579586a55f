"""Documents to figures: each is read in a process of its own, so that none can harm the others."""

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator

from imgforensics.documents import frames, server
from imgforensics.documents.figure import Document, Figure
from imgforensics.documents.limits import USUAL, Limits
from imgforensics.utils import temporary
from imgforensics.utils.errors import UserError

_ROOT = pathlib.Path(__file__).parents[2]
_KINDS = ("pages", "figure", "sheet", "unread", "problem")  # of frames


def read(paths: Iterable[str | os.PathLike[str]], limits: Limits = USUAL) -> Iterator[Document]:
    """Reads documents, one after another.

    PDF, DOCX, PPTX, ZIP and the image files that `images.read` knows. Of an archive comes a
    document that says so, without figures, and then one for each file in it. The content decides
    the kind. A file that can't be read, or takes more than the limits allow, is a document with a
    `problem`, and with the figures that were read before it showed. `find` lists what lies in
    folders.

    Figures' pixels are mapped from a file without a name, and so take memory only while in use.

    Args:
        paths: of files.
        limits: of each.

    Raises:
        UserError: there is no space for what was read.
    """
    with reader(limits) as read_one:
        for path in paths:
            yield from read_one(os.fspath(path), os.fspath(path))


@contextlib.contextmanager
def reader(limits: Limits = USUAL) -> Iterator[Callable[[str, str], list[Document]]]:
    """Gives a function that reads one file, see `read`.

    It takes the name that the file goes by, and the path of it; of an archive it returns several
    documents.
    """
    with temporary.folder() as folder, contextlib.ExitStack() as stack:
        process = None

        def read_one(name: str, path: str) -> list[Document]:
            nonlocal process
            if process is None or process.poll() is not None:
                process = stack.enter_context(_server())
            out = folder / "frames"
            status = _tell(process, name, path, out, limits)
            return _documents(name, out, _problem(status, limits))

        yield read_one


@contextlib.contextmanager
def _server():
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), before)))
    # In a session of its own: Ctrl-C is for us, and the end of our pipe is the end of it.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", server.__name__],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, start_new_session=True, text=True,
    )  # fmt: skip
    with process:
        yield process


def _tell(process, name, path, out, limits) -> int | None:
    """Has a document read; returns the child's wait status, or None if the server has ended."""
    told = {"name": name, "path": path, "out": str(out), "limits": dataclasses.asdict(limits)}
    out.write_bytes(b"")
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        process.wait()
        return None
    return int(answer)


def _problem(status: int | None, limits: Limits) -> str | None:
    """What the end of a child says of its document."""
    if status is None:
        return "its reader was ended from outside"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGALRM:
            return f"it takes more than {limits.seconds} seconds; split it"
        return f"damaged: its decoder crashed ({signal.Signals(number).name}); save it anew"
    if os.WEXITSTATUS(status) == server.NO_SPACE:
        raise UserError("cannot write to the folder of temporary files: TMPDIR may name another")
    return "damaged, or of an unsupported kind" if status else None


def _documents(name, out, problem) -> list[Document]:
    """What the frames say; how the child ended concerns the document that was being read."""
    found: list[Document] = []
    with open(out, "rb") as file:
        for first, rest in _grouped(frames.read(file)):
            found.append(_document(first, rest))
    out.unlink()
    found = found or [Document(name, "", 0)]
    if problem:
        found[-1] = dataclasses.replace(found[-1], problem=problem)
    return found


def _grouped(all_frames: Iterator[dict]) -> Iterator[tuple[dict, list[dict]]]:
    """The frame that begins each document, and those that follow it."""
    groups: list[tuple[dict, list[dict]]] = []
    for frame in all_frames:
        if frame["kind"] == "document":
            groups.append((frame, []))
        else:
            groups[-1][1].append(frame)
    yield from groups


def _document(first, rest) -> Document:
    kinds = {kind: [frame for frame in rest if frame["kind"] == kind] for kind in _KINDS}
    path, digest = first["path"], first["sha256"]
    return Document(
        path=path,
        sha256=digest,
        pages=sum(frame["count"] for frame in kinds["pages"]),
        figures=tuple(_figure(path, digest, frame) for frame in kinds["figure"]),
        problem="; ".join(frame["text"] for frame in kinds["problem"]) or None,
        unread=tuple(frame["text"] for frame in kinds["unread"]),
        sheets={frame["page"]: frame["pixels"].tobytes() for frame in kinds["sheet"]},
    )


def _figure(path, digest, frame) -> Figure:
    values = {name: value for name, value in frame.items() if name != "kind"}
    return Figure(document=path, sha256=digest, **values | {"box": tuple(values["box"])})
