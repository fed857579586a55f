"""A record names the commit of this source tree, and never that of a repository around it."""

import pathlib
import shutil
import subprocess

import pytest

from imgforensics.evaluation import results

ROOT = pathlib.Path(__file__).parents[2]


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def tree(tmp_path):
    """A repository with what makes it this package's."""
    root = tmp_path / "outer" / "tree"
    (root / "imgforensics").mkdir(parents=True)
    for file in ("setup.cfg", "imgforensics/__init__.py"):
        shutil.copy(ROOT / file, root / file)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def test_ones_own_commit(tree):
    head = git(tree, "rev-parse", "HEAD")
    assert results.commit(tree) == head and len(head) == 40
    with open(tree / "setup.cfg", "a") as file:
        file.write("# more\n")
    assert results.commit(tree) == f"{head}-dirty"


def test_gits_own_variables_name_no_other_repository(tree, tmp_path, monkeypatch):
    """As they do in a hook that runs a command."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-qm", "other", "--allow-empty")
    head = git(tree, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert results.commit(tree) == head


def test_a_repository_around_is_not_ones_own(tree):
    """The tree copied into another's as a sub-folder, and the package beside another's files."""
    shutil.rmtree(tree / ".git")
    outer = tree.parent
    git(outer, "init", "-q")
    git(outer, "add", ".")
    git(outer, "commit", "-qm", "with a copy")
    assert results.commit(tree) is None
    shutil.copytree(tree / "imgforensics", outer / "imgforensics")
    assert results.commit(outer) is None
    (outer / "setup.cfg").write_text("[metadata]\nname = another\n")
    git(outer, "add", ".")
    git(outer, "commit", "-qm", "with a setup.cfg of its own")
    assert results.commit(outer) is None
    shutil.rmtree(outer / ".git")
    assert results.commit(tree) is None


def test_without_git(tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert results.commit(tree) is None


def test_of_this_tree():
    assert (ROOT / "setup.cfg").is_file() and results.commit() == results.commit(ROOT)
