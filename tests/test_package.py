"""What is installed: one version, declared dependencies, and commands that do without extras."""

import ast
import configparser
import importlib.metadata
import pathlib
import re
import subprocess
import sys

import pytest
from PIL import Image

import imgforensics
from imgforensics.utils import extras

ROOT = pathlib.Path(__file__).parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")

# Raises for the modules of an extra, as if they were not installed. Flax installs two of them.
_WITHOUT = """
import importlib, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""

# Extras that the lock leaves out, and their modules, which may not be installed here.
_UNLOCKED = {"heif": {"pillow_heif"}, "ray": {"ray"}}
_ALL = {module for group in extras.EXTRAS.values() for module in group}


def packages(requirements):
    """The names of packages, as registries normalise them."""
    lines = filter(None, requirements.splitlines())
    return {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in lines}


def modules(requirements):
    """The top-level modules of packages that are installed here."""
    wanted = packages(requirements)
    return {
        module
        for module, names in importlib.metadata.packages_distributions().items()
        if wanted & {name.lower().replace("_", "-") for name in names}
    }


def imported_from_elsewhere():
    """The top-level modules, neither Python's nor its own, that the package imports anywhere."""
    found = set()
    for path in (ROOT / "imgforensics").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"imgforensics"}


def run(code, folder, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_version_is_in_one_place():
    assert SETUP["metadata"]["version"] == "attr: imgforensics.__version__"
    version = imgforensics.__version__
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert re.search(rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(), re.M)


def test_what_is_imported_is_declared():
    always = modules(SETUP["options"]["install_requires"])
    for extra, names in _UNLOCKED.items():
        wanted = {name.replace("_", "-") for name in names}
        assert packages(SETUP["options.extras_require"][extra]) == wanted
    assert imported_from_elsewhere() - always - _UNLOCKED["heif"] <= _ALL
    for extra, group in extras.EXTRAS.items():
        found = _UNLOCKED.get(extra) or modules(SETUP["options.extras_require"][extra])
        assert set(group) <= found - always


def test_a_clone_is_found_from_the_folder_beside_it():
    # An editable install by an import hook is not: the clone's folder comes first as a namespace.
    assert SETUP["options"]["package_dir"].split() == ["=", "."]


def test_what_make_venv_needs_is_locked():
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    needed = SETUP["options"]["install_requires"]
    for extra in ("train", "postgres", "test", "lint", "build"):
        needed += SETUP["options.extras_require"][extra]
    assert packages(needed) <= {name.lower() for name in locked}


def test_images_are_compared_without_the_extra(tissue, tmp_path, weights_file):
    code = _WITHOUT.format(missing=_ALL) + (
        "import imgforensics, numpy as np\n"
        "from imgforensics.comparison import pairs\n"
        "from imgforensics.evaluation import collection, results\n"
        "from imgforensics.explore import gallery, page, projector\n"
        "from imgforensics.inference import all_pairs, nearest\n"
        "from imgforensics.library import libraries\n"
        "print(imgforensics.load_pretrained())\n"
        "from imgforensics import main\n"
        "main.main(sys.argv[1:])\n"
    )
    for name, image in (("a", tissue[:128, :128]), ("b", tissue[100:228, 100:228])):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    done = run(code, tmp_path, "compare", "a.png", "b.png", f"--weights={weights_file}")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("a_b_*.png"))) == len(list(tmp_path.glob("a_b_*.json"))) == 1


@pytest.mark.parametrize(
    "extra, module",
    [
        ("train", "data.frozen"),
        ("train", "training.checkpoints"),
        ("train", "training.writers"),
        ("postgres", "library.postgres.library"),
    ],
)
def test_what_an_extra_is_needed_for_says_so(extra, module, tmp_path):
    code = _WITHOUT.format(missing=_ALL) + (
        "from imgforensics.utils import cli\n"
        "with cli.errors_as_lines():\n"
        f"    importlib.import_module('imgforensics.{module}')\n"
    )
    done = run(code, tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"error: this needs [\w.]+: pip install 'imgforensics\[{extra}\]'\n", done.stderr
    )


def test_other_missing_modules_are_no_matter_of_extras():
    assert extras.remedy(ModuleNotFoundError("none", name="numpy")) is None
    assert extras.remedy(ModuleNotFoundError("none")) is None


def test_the_command_tells_its_version(tmp_path):
    code = "from imgforensics import main; main.main(['--version'])"
    done = run(code, tmp_path)
    assert done.returncode == 0 and done.stdout == f"imgforensics {imgforensics.__version__}\n"


@pytest.mark.parametrize("file", ["py.typed", "pretrained/weights.npz", "explore/page.html"])
def test_files_beside_the_code_are_installed(file):
    folder, _, name = file.rpartition("/")
    package = ".".join(["imgforensics", *filter(None, [folder])])
    patterns = SETUP["options.package_data"][package].split()
    assert any(pathlib.PurePath(name).match(pattern) for pattern in patterns)
    assert (ROOT / "imgforensics" / file).is_file()
