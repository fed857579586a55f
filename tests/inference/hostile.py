"""Weights files that somebody made up: each is hashed as it should be, and none is one."""

import copy
import io
import json
import os
import socket
import zipfile
from collections.abc import Callable, Iterator

import numpy as np

from imgforensics.inference import weights

COMPACT = {
    "architecture": "compact", "channels": [4, 8, 16], "blocks": [1, 1, 1], "pooled_features": 8,
    "arranged_features": 8, "hidden_features": 8, "embedding_features": 8,
    "metric": "positive_alpha_l1", "constant_alpha": 1.0, "dtype": "float32",
}  # fmt: skip
_WRONG_FIELDS = {
    "model.channels": ([], "x", [0], [-1, 4], [10**9], [1] * 50, [True], None, 4, [[4]], {}),
    "model.hidden_features": (0, -1, 10**12, 1.5, "a", None, [], {}, True),
    "model.embedding_features": (0, 2**63, "8"),
    "model.dtype": (1, "float64", [], None, "\0"),
    "model.metric": ([], "none", {}),
    "model.architecture": ([], 5, "none", None, {"paper": 1}),
    "model.lrn": ("yes", 1, None),
    "model.init_stddev": ("x", None, [1]),
    "model.constant_alpha": ("x", 10**400),
    "model.colour": (True,),
    "model": ([], None, "paper", 3),
    "manipulations.output_size": (0, -8, 10**9, 32.5, "a", None, 30),
    "manipulations.gamma.percent": ([1], "x", [None, 1], [2, 1], [1, 10**9]),
    "manipulations.gamma.probability": (2.0, -0.1, "half"),
    "manipulations.gamma": ([], 1, None),
    "manipulations.text.letters": ([5, 10**9],),
    "manipulations": ([], None, {}),
    "seed": (-1, 2**64, "x", None),
    "data.split": (3, ["a", "b", "c"], [0.5, 0.5], [2, 0, 0]),
    "data.folder": (1, ["x"]),
    "data": (None, []),
    "validation_triplets": (0, 1e9, "all"),
    "evaluation": ([], 1),
    "__class__": ({},),
    "a b": (1,),
    "": (1,),
}
_MISSING = ("model", "manipulations", "data", "seed", "evaluation", "model.lrn", "model.channels",
            "manipulations.output_size", "manipulations.identity_probability")  # fmt: skip
_TEXTS = {
    "empty": "", "no JSON": "hello", "null": "null", "list": "[]", "number": "7", "cut": '{"model"',
    "deep lists": "[" * 10**6, "deep objects": '{"a":' * 10**5, "closed": "[" * 900 + "]" * 900,
    "NaN": '{"seed": NaN}', "too large": '{"seed": 1e999}', "digits": "1" * 10**5,
}  # fmt: skip


def entries_of(file: str | os.PathLike) -> dict[str, np.ndarray]:
    """What a right file holds, but for its hash."""
    with np.load(file) as entries:
        return {key: entry for key, entry in entries.items() if key != "sha256"}


def cases(right: dict[str, np.ndarray]) -> Iterator[tuple[str, Callable]]:
    """Yields names, and functions that write a file to a path.

    Args:
        right: from `entries_of`.
    """
    for name, text in _TEXTS.items():
        yield f"config: {name}", _signed(right, config=np.array(text))
    config = json.loads(str(right["config"]))
    for field, values in _WRONG_FIELDS.items():
        for value in values:
            yield (
                f"config: {field}={value!r:.20}",
                _signed(right, config=_with(config, field, value)),
            )
    for field in _MISSING:
        yield f"config: without {field}", _signed(right, config=_with(config, field, KeyError))
    for blocks in ([3000, 1, 1], [1], [32, 32, 32], "x", [-1, 1, 1], [1.5, 1, 1]):
        model = COMPACT | {"blocks": blocks}
        yield f"config: blocks={blocks}", _signed(right, config=_with(config, "model", model))
    wide = _with(_with(config, "model.channels", [4096], dump=False),
                 "manipulations.output_size", 1024)  # fmt: skip
    yield "config: features beyond the memory", _signed(right, config=wide)
    yield "config: bytes", _signed(right, config=np.array(str(right["config"]).encode()))
    yield "config: several", _signed(right, config=np.array([str(right["config"])] * 2))

    for name, step in {
        "negative": -1, "huge": 2**40, "a fraction": 1.5, "text": "7", "several": [1, 2],
        "complex": 1j, "a truth": True,
    }.items():  # fmt: skip
        yield f"step: {name}", _signed(right, step=np.array(step))
    for name in ("format", "config", "step"):
        yield f"{name}: missing", _signed(right, **{name: None})
    yield "format: another", _signed(right, format=np.array("weights 2"))
    yield "format: several", _signed(right, format=np.array(["imgforensics weights 1"] * 2))
    yield "sha256: a list", _raw(right | {"sha256": np.array(["0" * 64])})
    yield "sha256: another", _raw(right | {"sha256": np.array("0" * 64)})
    yield "sha256: missing", _raw(right)
    yield "an entry too many", _signed(right, extra=np.array(1))

    alpha = right["params/alpha"]
    for name, array in {
        "missing": None,
        "of another shape": alpha[:-1],
        "of more dimensions": alpha[None],
        "of float64": alpha.astype(np.float64),
        "of the other end": alpha.astype(alpha.dtype.newbyteorder()),
        "of whole numbers": alpha.astype(np.int32),
        "of complex numbers": alpha.astype(np.complex64),
        "of text": alpha.astype(str),
        "of times": np.zeros(len(alpha), "datetime64[s]"),
        "of records": np.zeros(len(alpha), [("a", "f4")]),
        "NaN": np.where(np.arange(len(alpha)) == 1, np.float32("nan"), alpha),
        "infinite": np.where(np.arange(len(alpha)) == 1, np.float32("inf"), alpha),
    }.items():
        yield f"alpha: {name}", _signed(right, **{"params/alpha": array})
    yield "alpha: objects", _raw(right | {"params/alpha": np.array([{}] * len(alpha), object),
                                          "sha256": np.array("0" * 64)})  # fmt: skip
    yield "another array", _signed(right, **{"params/more": alpha})
    yield "a leaf and a branch", _signed(right, **{"params/alpha/more": alpha})
    yield "no params", _signed(right, **{key: None for key in right if key.startswith("params/")})
    yield "no moments", _signed(right, **{key: None for key in right if key.startswith("moments/")})
    yield from _containers(right)


def _containers(right) -> Iterator[tuple[str, Callable]]:
    """Files that are odd before anybody asks what they hold."""

    def text(content):
        return lambda path: path.write_bytes(content)

    for name, content in {
        "nothing": b"", "words": b"hello", "zeros": bytes(10_000), "a cut zip": b"PK\3\4",
        "an array": _npy(np.arange(3)), "an empty zip": b"PK\5\6" + bytes(18),
        "a pickle": b"\x80\x04K\x01.",
    }.items():  # fmt: skip
        yield f"file: {name}", text(content)
    yield "file: a pipe", lambda path: os.mkfifo(path)
    yield "file: a socket", _socket
    yield "file: a link to itself", lambda path: path.symlink_to(path)
    yield "file: /dev/zero", lambda path: path.symlink_to("/dev/zero")

    alpha = right["params/alpha"]
    claims = {
        "more than there is": _header((2**28,)),
        "terabytes": _header((2**40,)),
        "more than an index": _header((2**62, 2**62)),
        "less than nothing": _header((-8,)),
        "no shape": b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4'}",
        "a call": b"\x93NUMPY\x01\x00\x20\x00" + b"__import__('os').abort()".ljust(32),
        "a long header": b"\x93NUMPY\x02\x00" + (2**20).to_bytes(4, "little") + b" " * 2**20,
        "another version": b"\x93NUMPY\x09\x00\x10\x00" + bytes(16),
        "no numbers": _npy(alpha)[:-3],
        "more numbers": _npy(alpha) + bytes(40),
        "no array": b"",
    }
    for name, content in claims.items():
        yield f"alpha claims {name}", _zipped(right, {"params/alpha.npy": content})
    yield "alpha is a bomb", _bomb(right)
    yield (
        "config is a bomb",
        _zipped(right, {"config.npy": _npy(np.array("x" * 2**24))}, zipfile.ZIP_DEFLATED),
    )
    yield "alpha twice", _zipped(right, {}, twice="params/alpha.npy")
    yield "something else", _zipped(right, {"run.py": b"import os"})
    yield "a path outside", _zipped(right, {"../../params/alpha.npy": _npy(alpha)})
    for name, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield f"compressed by {name}", _zipped(right, {}, method)
    yield "many arrays", _zipped(right, {f"{i}.npy": b"" for i in range(20_000)})
    yield "a password", _zipped(right, {}, flagged=True)


def _with(config, field, value, dump=True):
    config = copy.deepcopy(config if isinstance(config, dict) else json.loads(str(config)))
    inner, *names = config, *field.split(".")
    for name in names[:-1]:
        inner = inner[name]
    if value is KeyError:
        del inner[names[-1]]
    else:
        inner[names[-1]] = value
    return np.array(json.dumps(config)) if dump else config


def _signed(right, **changed):
    entries = {key: entry for key, entry in (right | changed).items() if entry is not None}
    return _raw(entries | {"sha256": np.array(weights._digest(entries))})


def _raw(entries):
    def write(path):
        with open(path, "wb") as file:
            np.savez(file, **entries)

    return write


def _npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _header(shape):
    """An array of a shape, without numbers."""
    file = io.BytesIO()
    about = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    return file.getvalue()


def _zipped(right, replaced, method=zipfile.ZIP_STORED, twice=None, flagged=False):
    entries = right | {"sha256": np.array(weights._digest(right))}
    files = {f"{key}.npy": _npy(entry) for key, entry in entries.items()} | replaced

    def write(path):
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            if twice:
                info = archive.getinfo(twice)
                archive.filelist.append(info)
            for info in archive.filelist:
                info.flag_bits |= flagged

    return write


def _bomb(right):
    """A gigabyte of zeros in five megabytes."""

    def write(path):
        _zipped({key: entry for key, entry in right.items() if key != "params/alpha"}, {})(path)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with archive.open("params/alpha.npy", "w", force_zip64=True) as file:
                file.write(_header((2**28,)))
                for _ in range(2**30 // 2**24):
                    file.write(bytes(2**24))

    return write


def _socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        before = os.getcwd()
        os.chdir(path.parent)  # addresses are short
        one.bind(path.name)
        os.chdir(before)
