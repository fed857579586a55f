"""Verdicts: appended, never changed, taken from one case to another."""

import json
import sqlite3

import pytest

from imgforensics import main
from imgforensics.library import store as stores
from imgforensics.screening import verdicts
from imgforensics.utils.errors import UserError

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
WEIGHTS = "0" * 64


@pytest.fixture
def case(tmp_path):
    with stores.writing(tmp_path / "case") as opened:
        yield opened


def given(pair=(A, B), verdict="concern", note=""):
    return verdicts.verdict(pair, verdict, "R. Viewer", note, WEIGHTS)


def test_the_latest_verdict_counts_in_whatever_order_of_the_pictures(case):
    verdicts.add(case, [given((A, B), "unsure"), given((A, C))])
    verdicts.add(case, [given((B, A), "acceptable", "same control, see legend")])
    latest = verdicts.latest(case.catalogue)
    assert latest.keys() == {(A, B), (A, C)}
    assert latest[A, B].verdict == "acceptable" and latest[A, C].verdict == "concern"
    assert len(verdicts.all_of(case.catalogue)) == 3


def test_none_is_there_twice(case):
    one = given()
    assert verdicts.add(case, [one, one]) == 1
    assert verdicts.add(case, [one]) == 0


@pytest.mark.parametrize(
    "statement", ["update verdicts set note = 'other'", "delete from verdicts"]
)
def test_none_is_changed_or_taken_away(case, statement):
    verdicts.add(case, [given()])
    with pytest.raises(sqlite3.IntegrityError, match="verdicts are never"):
        case.catalogue.execute(statement)
    assert len(verdicts.all_of(case.catalogue)) == 1


def test_verdicts_go_from_one_case_to_another(tmp_path, capsys):
    note = "<script>alert(1)</script> =cmd|' /C calc'!A0\n\"two lines\""
    with stores.writing(tmp_path / "one") as one:
        verdicts.add(one, [given(note=note), given((B, C), "not the same")])
        before = verdicts.all_of(one.catalogue)
    with stores.writing(tmp_path / "other"):
        pass
    file = tmp_path / "verdicts.json"
    main.main(["verdicts", "export", str(tmp_path / "one"), str(file)])
    assert "2 verdicts written" in capsys.readouterr().out
    for new in (2, 0):
        main.main(["verdicts", "import", str(tmp_path / "other"), str(file)])
        assert f"{new} of 2 verdicts are new" in capsys.readouterr().out
    with stores.reading(tmp_path / "other") as other:
        assert verdicts.all_of(other.catalogue) == before


@pytest.mark.parametrize(
    "change, told",
    [
        ({"verdict": "guilty"}, "'guilty' is none of"),
        ({"first": "f" * 63}, "a hash is no SHA-256"),
        ({"first": "d" * 64}, "not in order"),
        ({"time": "yesterday"}, "is no time"),
        ({"time": "2026-01-01T00:00:00"}, "no time zone"),
        ({"reviewer": " "}, "no name"),
        ({"note": 7}, "no text"),
        ({"note": "x" * 20_000}, "longer"),
        ({"other": "field"}, "its fields are not"),
    ],
)
def test_a_file_with_something_else_changes_nothing(case, tmp_path, change, told):
    rows = [given()._asdict(), given((B, C))._asdict() | change]
    file = tmp_path / "verdicts.json"
    file.write_text(json.dumps({"format": "imgforensics verdicts 1", "verdicts": rows}))
    with pytest.raises(UserError, match=f"verdict 2 is none: .*{told}"):
        verdicts.add(case, verdicts.load(file))
    assert verdicts.all_of(case.catalogue) == []


@pytest.mark.parametrize("content", ["[]", "{}", "no JSON", '{"verdicts": 3}'])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "file").write_text(content)
    with pytest.raises(UserError, match="file"):
        verdicts.load(tmp_path / "file")


def test_a_command_with_something_else_is_told(tmp_path, capsys):
    for arguments, told in [
        (["burn", "case", "file"], "give export, import or dataset"),
        (["export", str(tmp_path / "none"), str(tmp_path / "file")], "is no case"),
        (["import", str(tmp_path), str(tmp_path / "file")], "cannot read"),
    ]:
        with pytest.raises(SystemExit):
            main.main(["verdicts", *arguments])
        assert told in capsys.readouterr().err
