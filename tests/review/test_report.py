"""Reports: what they say, and that nothing in names or notes gets out of its place."""

import csv
import html.parser
import json
import re

import fpdf
import numpy as np
import pypdfium2
import pytest

from imgforensics.library import store as stores
from imgforensics.main import main
from imgforensics.review import case as cases
from imgforensics.review import document, letters
from imgforensics.screening import verdicts
from imgforensics.utils.errors import UserError

NOTE = (
    "</script><b> Dvořák, Νικόλαος, Іван, \u4e2d\u6587, \ud55c\uad6d, \u65e5\u672c, "
    "no letter: \u1200"
)


def data_of(page):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page).group(1)
    return json.loads(text)


class _Elements(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found, self.addresses = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]


def test_a_report_needs_nothing_else(case):
    page = cases.report(cases.read(case))
    elements = _Elements(page)
    assert elements.found.count("script") == 2 and elements.addresses == ["data:,"]
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "").replace(
        "http://www.w3.org/2000/svg", ""
    )
    data = data_of(page)
    for kind in ("picture", "sheet"):
        shown = {row[side][kind] for row in data["rows"] for side in "ab"} - {None}
        assert shown and shown <= data["pictures"].keys()
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in data["pictures"].values())
    assert not data["live"] and cases.live(cases.read(case)).count("data:image") == 0


def test_rows_say_where_and_how(case):
    identical, verified = cases.read(case).entries
    assert identical["status"] == "identical" and identical["matrix"] == np.eye(3).tolist()
    assert verified["verified"] == -5 and verified["b"]["page"] == 1
    # Whichever picture is A, the matrix takes B's corners to A's.
    matrix, corners = np.array(verified["matrix"]), np.array(verified["b"]["corners"]) - 0.5
    moved = np.column_stack([corners, np.ones(4)]) @ matrix.T
    np.testing.assert_allclose(moved[:, :2] + 0.5, verified["a"]["corners"], atol=1e-9)


def test_what_was_not_read_is_said(case):
    about = {
        section["title"]: section for section in data_of(cases.live(cases.read(case)))["about"]
    }
    unread = about["What was not read"]
    assert unread["notice"] and unread["table"] == [["<b>bad</b>.pdf", "it is encrypted"]]
    assert ["weights", "a" * 64] in about["Hashes (SHA-256)"]["table"]


def test_the_command_writes_all_three(case, tmp_path, capsys):
    with stores.existing(case) as store:
        first, second = cases.read(case).rows[1].pictures
        verdicts.add(store, [
            verdicts.verdict((first, second), "unsure", "=Ada", NOTE, "a" * 64)
        ])  # fmt: skip
    paths = [tmp_path / name for name in ("r.html", "r.pdf", "r.csv")]
    main(
        [
            "report",
            str(case),
            *(f"--{name}={path}" for name, path in zip(("out", "pdf", "csv"), paths)),
        ]
    )
    assert "2 pairs in" in capsys.readouterr().out
    page = paths[0].read_text(encoding="utf-8")
    assert _Elements(page).found.count("script") == 2
    assert data_of(page)["rows"][1]["verdict"]["note"] == NOTE
    with pypdfium2.PdfDocument(paths[1]) as pdf:
        text = " ".join(page.get_textpage().get_text_range() for page in pdf)
    text = " ".join(text.split())  # without the ends of lines
    assert "unsure, =Ada" in text and "it is encrypted" in text
    for name in ("Dvořák", "Νικόλαος", "Іван", "\u4e2d\u6587", "\ud55c\uad6d", "\u65e5\u672c"):
        assert name in text
    assert "no letter: \\u1200" in text
    assert "\u03c0.png" in text  # the name of the file
    assert "no finding of misconduct" in text
    with open(paths[2], encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["verdict"] for line in lines] == ["", "unsure"]


def test_a_case_that_was_not_finished(case, tmp_path):
    (case / "manifest.json").unlink()
    with pytest.raises(UserError, match="is not screened to the end"):
        cases.read(case)
    with pytest.raises(UserError, match="no such|is no case"):
        cases.read(tmp_path / "none")


def test_a_picture_that_is_missing_costs_nothing_else(case):
    next((case / "pictures").glob("*/*.png")).unlink()
    found = cases.read(case)
    assert len(data_of(cases.report(found))["rows"]) == 2
    assert document.pdf(found).startswith(b"%PDF")


def test_errors_of_the_command(case, tmp_path, capsys):
    for arguments in ([str(case)], [], [str(case), f"--out={tmp_path}"]):
        with pytest.raises(SystemExit) as error:
            main(["report", *arguments])
        assert error.value.code == 1 and capsys.readouterr().err.count("\n") == 1


def test_hebrew_runs_to_the_left():
    paper = fpdf.FPDF()
    letters.add(paper)
    hebrew = "\u05e2\u05d1\u05e8\u05d9\u05ea"
    assert letters.written(paper, f"a {hebrew} 12, b\nok") == f"a 12 {hebrew[::-1]}, b\nok"
