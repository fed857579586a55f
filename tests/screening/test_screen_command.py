"""`imgforensics screen` from documents to rows, with the weights that come with the package."""

import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from tissues import copy_of, save, tissue

from imgforensics import main
from imgforensics.library import catalogue
from imgforensics.library import store as stores
from imgforensics.screening import looks, verdicts

_KILLED = """
import os, signal, sys
from imgforensics.library import catalogue
left = int(sys.argv[1])
commit = catalogue.transaction
def transaction(connection):
    with commit(connection):
        yield
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
import contextlib
catalogue.transaction = contextlib.contextmanager(transaction)
from imgforensics.screening import looks
looks._MORE = 4
from imgforensics import main
main.main(sys.argv[2:])
"""


@pytest.fixture(scope="module", autouse=True)
def few_looks():
    """So that the tests don't take long: most of what is looked at closely is different."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(looks, "_MORE", 4)
        yield


def screen(capsys, *arguments):
    main.main(["screen", *map(str, arguments)])
    return capsys.readouterr().out


def table(case):
    with open(case / "rows.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names(rows):
    return {tuple(sorted(os.path.basename(row[f"document_{x}"]) for x in "ab")) for row in rows}


@pytest.fixture(scope="module")
def case(documents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases") / "case"
    main.main(["screen", str(documents), f"--case={folder}"])
    return folder


def test_what_is_re_used_is_listed_first_and_nothing_else(case):
    sure = [row for row in table(case) if row["status"] in ("identical", "verified", "possible")]
    assert names(sure) == {("1.png", "copy.png"), ("moved.png", "moved.png")}
    assert sure == table(case)[:2] and all(float(row["score"]) < 0 for row in sure)
    (copied,) = [row for row in sure if row["document_b"].endswith("copy.png")]
    assert copied["status"] == "verified" and "mirrored" in copied["reason"]
    (moved,) = [row for row in sure if row["document_b"].endswith("moved.png")]
    assert moved["status"] == "verified" and "as it is" in moved["reason"]
    boxes = np.array(
        [[float(moved[f"{side}_{x}"]) for side in ("x0", "y0", "x1", "y1")] for x in "ab"]
    )
    where = np.array([[180, 30, 270, 120], [20, 190, 110, 280]]) / 300
    np.testing.assert_allclose(boxes[np.argsort(boxes[:, 1])], where, atol=0.03)


def test_what_was_not_read_is_named(documents, tmp_path, capsys, case):
    told = screen(capsys, documents, f"--case={case}")
    assert "NOT READ, or not whole: 1 files" in told and "bad.png" in told
    record = json.loads((case / "manifest.json").read_text())
    assert list(record["not_read"]) == [str(documents / "bad.png")]
    assert record["inputs"].keys() == {str(documents / name) for name in os.listdir(documents)}


def test_the_same_command_again_does_nothing_again(documents, capsys, case, monkeypatch):
    before = (case / "rows.csv").read_bytes()

    def never(*arguments, **named):
        raise AssertionError("it was done before")

    for name in (
        "imgforensics.library.extraction.find_panels",
        "imgforensics.library.embedding.embed",
        "imgforensics.verification.gate.describe",
        "imgforensics.library.search.nearest",
        "imgforensics.verification.gate.votes",
        "imgforensics.screening.verification._trials",
        "imgforensics.comparison.within.search",
    ):
        monkeypatch.setattr(name, never)
    screen(capsys, documents, f"--case={case}")
    assert (case / "rows.csv").read_bytes() == before


def test_a_manifest_is_repeated(documents, capsys, case, tmp_path):
    told = screen(capsys, f"--repeat={case}/manifest.json", f"--case={tmp_path}/again")
    assert "the rows are those of" in told
    with pytest.raises(SystemExit):
        screen(capsys, f"--repeat={case}/manifest.json", f"--case={tmp_path}/again")
    assert "holds a case already" in capsys.readouterr().err


def test_a_manifest_whose_inputs_changed_is_refused(capsys, case, tmp_path):
    record = json.loads((case / "manifest.json").read_text())
    record["inputs"][next(iter(record["inputs"]))] = "0" * 64
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(SystemExit):
        screen(capsys, f"--repeat={tmp_path}/manifest.json", f"--case={tmp_path}/again")
    assert "has changed since" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--case=case"], "name documents or folders"),
        (["a.png", "--repeat=m.json", "--case=case"], "name documents or folders"),
        (["no such file", "--case=case"], "is not there"),
        (["--repeat=none.json", "--case=case"], "cannot read none.json"),
        ([".", "--case=case", "--scope=within", "--library=lib"], "a library is of other"),
        ([".", "--case=case"], "there is no document"),
        ([".", "--case=case", "--library_kind=blot"], "are about a library"),
        ([".", "--case=case", "--library=lib", "--library_since=May"], "no day: give YYYY-MM-DD"),
        ([".", "--case=case", "--library=gs://b/lib"], "only local files"),
        (["a.png"], "--case is missing"),
    ],
)
def test_mistakes_are_one_line(capsys, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        screen(capsys, *arguments)
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert not (tmp_path / "case").exists()


@pytest.fixture(params=["folder", "postgres"])
def library(request, tmp_path):
    """The name of a library that is not there yet, of either engine."""
    if request.param == "folder":
        return str(tmp_path / "lib")
    server = request.getfixturevalue("postgres")
    return server.address(server.empty_database())


@pytest.fixture(scope="module")
def rows_of_engines():
    """What the first engine found, for the next one to find."""
    return []


def test_a_library_is_searched_too(documents, capsys, tmp_path, library, rows_of_engines):
    save(tmp_path / "new" / "figure.png", copy_of(tissue(3)))
    main.main(["library", "add", library, str(documents)])
    assert "8 documents with 7 figures and 8 panels" in capsys.readouterr().out
    case = tmp_path / "case"
    screen(capsys, tmp_path / "new", f"--case={case}", f"--library={library}")
    first, *_ = table(case)
    assert (first["status"], first["document_b"]) == ("verified", str(documents / "3.png"))
    with stores.reading(case) as store:  # is complete without the library
        assert stores.picture(store, first["sha_b"]).shape == (200, 200)
    cells = [{**row, "document_a": os.path.basename(row["document_a"])} for row in table(case)]
    rows_of_engines.append(cells)
    assert rows_of_engines[0] == cells  # whatever engine keeps the library

    judged = verdicts.verdict(
        (first["sha_a"], first["sha_b"]), "acceptable", "R. Viewer", "", "0" * 64
    )
    verdicts.save([judged], tmp_path / "verdicts.json")
    for new in (1, 0):
        main.main(["verdicts", "import", library, str(tmp_path / "verdicts.json")])
        assert f"{new} of 1 verdicts are new" in capsys.readouterr().out
    main.main(["verdicts", "export", library, str(tmp_path / "again.json")])
    assert verdicts.load(tmp_path / "again.json") == [judged]
    screen(capsys, tmp_path / "new", f"--case={case}", f"--library={library}")
    of_pair = [row["verdict"] for row in table(case) if row["sha_b"] == first["sha_b"]]
    assert of_pair == ["acceptable"]
    for narrowed in ("--library_kind=blot", "--library_since=2999-01-01"):
        screen(capsys, tmp_path / "new", f"--case={case}", f"--library={library}", narrowed)
        assert table(case) == []


def test_a_password_in_an_address_is_refused_before_anything_is_said(capsys):
    address = "postgresql://someone:hush@127.0.0.1/db"
    for arguments in (
        ["screen", ".", "--case=case", f"--library={address}"],
        ["library", "status", address],
        ["verdicts", "export", address, "file"],
        ["review", "case", f"--library={address}"],
    ):
        with pytest.raises(SystemExit):
            main.main(arguments)
        told = capsys.readouterr()
        assert "holds a password" in told.err and "hush" not in told.out + told.err


def counts(case):
    with catalogue.opened(case) as connection:
        return {
            name: connection.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("files", "paths", "figures", "panels", "pictures", "candidates", "pairs",
                         "regions", "elsewhere")
        }  # fmt: skip


def run_killed(arguments):
    """Runs a command until it ends, killed whenever it has committed one more transaction.

    Returns:
        How often it was killed.
    """
    for killed in range(30):
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, "1", *map(str, arguments)], capture_output=True,
            timeout=300,
        )  # fmt: skip
        if done.returncode == 0:
            return killed
        assert done.returncode == -signal.SIGKILL, done.stderr
    raise AssertionError("it never ends")


@pytest.mark.slow
def test_kill_at_every_step_then_the_same_command(documents, case, tmp_path):
    folder = tmp_path / "case"
    assert run_killed(["screen", documents, f"--case={folder}"]) > 10
    assert (folder / "rows.csv").read_bytes() == (case / "rows.csv").read_bytes()
    assert counts(folder) == counts(case)


@pytest.mark.slow
def test_kill_at_every_step_with_a_library_and_of_the_library(documents, tmp_path, capsys):
    save(tmp_path / "new" / "figure.png", copy_of(tissue(3)))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder, run in ((whole, main.main), (killed, run_killed)):
        run(["library", "add", f"{folder}/lib", str(documents)])
        run(["screen", f"{tmp_path}/new", f"--case={folder}/case", f"--library={folder}/lib"])
    assert (killed / "case/rows.csv").read_bytes() == (whole / "case/rows.csv").read_bytes()
    for name in ("lib", "case"):
        assert counts(killed / name) == counts(whole / name)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, and what sets its size in KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        return subprocess.run(["mount", *options], capture_output=True).returncode == 0

    if not mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)):
        pytest.skip("disks can't be mounted here")

    def resize(kib):
        assert mount("-o", f"remount,size={kib}k", str(folder))

    yield folder, resize
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_one_line_wherever_it_comes(documents, case, small_disk, capsys):
    """The disk grows step by step; at last there is room, and nothing is missing or doubled."""
    folder, resize = small_disk
    told = []
    for kib in range(64, 4096, 32):
        resize(kib)
        try:
            screen(capsys, documents, f"--case={folder}/case")
            break
        except SystemExit:
            error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("error: cannot "), error
        assert "No space left on device" in error or "the disk is full: make room" in error
        told.append(error)
    assert len(set(told)) > 2  # at several steps
    assert (folder / "case" / "rows.csv").read_bytes() == (case / "rows.csv").read_bytes()
    assert counts(folder / "case") == counts(case)
