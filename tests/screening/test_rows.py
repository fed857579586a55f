"""Rows: ranked, in scope, in boxes of the page, grouped, and put away once they are judged."""

import csv
import json
import os

import pytest

from imgforensics.library import furnishing
from imgforensics.library import store as stores
from imgforensics.screening import rows, table, verdicts

UNIT = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"


@pytest.fixture
def case(tmp_path):
    with stores.writing(tmp_path / "case") as opened:
        yield opened


def sha(name):
    return name * 64


def document(case, name, panels, paths=None, box=(0, 0, 1, 1)):
    """A file with a figure of 100x100 pixels, whose panels are pictures side by side."""
    insert = case.catalogue.execute
    file = insert(
        "insert into files (sha256, pages, problem, unread) values (?, 1, null, '[]')", (name,)
    ).lastrowid
    for path in paths or [name]:
        insert("insert into paths values (?, ?, 0)", (os.fsencode(path), file))
    figure = insert(
        "insert into figures (file, page, number, x0, y0, x1, y1, width, height, pixels_sha256)"
        " values (?, 2, 1, ?, ?, ?, ?, 100, 100, ?)",
        (file, *box, name),
    ).lastrowid
    for number, picture in enumerate(panels):
        insert(
            "insert or ignore into pictures (sha256, width, height, look) values (?, 20, 100, '0')",
            (sha(picture),),
        )
        (found,) = insert("select id from pictures where sha256 = ?", (sha(picture),)).fetchone()
        insert(
            "insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture)"
            " values (?, ?, 0, ?, 100, 'micrograph', 1, '', ?)",
            (figure, 20 * number, 20 * number + 20, found),
        )


def region(case, first, second, f, verified, said, sure):
    case.catalogue.execute(
        "insert or ignore into pairs values (?, ?, null, null, 1)", (first, second)
    )
    case.catalogue.execute(
        f"insert into regions values ({', '.join('?' * 23)})",
        (first, second, 0, 5, 0, 15, 50, -3, 50, 10, 120, "[]", UNIT, 0, f, verified, 12, 0.5, 0.9,
         0.8, said, sure, "12 of 15 keypoints agree"),
    )  # fmt: skip


def pair(case, first, second, verified=-5.0, f=0.3, gate="passed", said="same", sure=1, place=1):
    first, second = sorted((sha(first), sha(second)))
    insert = case.catalogue.execute
    insert("insert into candidates values (?, ?, ?, 0, 0, ?)", (first, second, f, place))
    insert("insert into pairs values (?, ?, 12, ?, 1)", (first, second, gate))
    if verified is not None:
        region(case, first, second, f, verified, said, sure)


def ranked(case, scope="all"):
    return rows.ranked(case.catalogue, scope, 0.7)


def names(found):
    return [(row.a.path, row.b.path, row.status) for row in found]


def test_identical_comes_first_then_what_is_verified_then_what_is_not(case):
    for name, panels in [("d1", "a"), ("d2", "b"), ("d3", "c"), ("d4", "e"), ("d5", "f")]:
        document(case, name, panels)
    document(case, "d6", "a")
    pair(case, "a", "b", verified=-3)
    pair(case, "c", "e", verified=-9)
    pair(case, "c", "f", verified=-20, sure=0)
    pair(case, "e", "f", verified=2.0, said="can't tell", gate="doubtful", f=0.6)
    pair(case, "b", "f", verified=None, gate="doubtful", f=0.2)
    pair(case, "b", "e", verified=None, gate="doubtful", f=0.9)  # too far
    pair(case, "b", "c", verified=None, gate="failed", f=0.1)
    assert names(ranked(case)) == [
        ("d1", "d6", "identical"),
        ("d3", "d4", "verified"),
        ("d1", "d2", "verified"),
        ("d3", "d5", "possible"),
        ("d2", "d5", "not verified"),
        ("d4", "d5", "not verified"),
    ]


@pytest.mark.parametrize(
    "gate, said, sure, status",
    [
        ("passed", "same", 1, "verified"),
        ("failed", "same", 1, "verified"),
        ("passed", "probably the same", 0, "possible"),
        ("failed", "probably the same", 1, "possible"),
        ("failed", "same", 0, "possible"),
        ("failed", "probably the same", 0, "not verified"),
        ("doubtful", "can't tell", 0, "not verified"),
        ("doubtful", "different", 0, "not verified"),
        ("failed", "different", 1, None),
        ("passed", "different", 1, None),
    ],
)
def test_status(case, gate, said, sure, status):
    document(case, "d1", "a")
    document(case, "d2", "b")
    pair(case, "a", "b", gate=gate, said=said, sure=sure)
    assert [row.status for row in ranked(case)] == [status] * (status is not None)


@pytest.mark.parametrize("f, place, correlation", [(0.8, 1, 0.9), (0.3, 2, 0.9), (0.3, 1, 0.3)])
def test_what_nobody_can_be_sure_of_is_not_listed_unless_it_is_near(case, f, place, correlation):
    document(case, "d1", "a")
    document(case, "d2", "b")
    pair(case, "a", "b", said="can't tell", gate="failed", f=0.3)
    assert [row.status for row in ranked(case)] == ["not verified"]
    case.catalogue.execute("update candidates set f = ?, place = ?", (f, place))
    case.catalogue.execute("update regions set correlation = ?", (correlation,))
    assert ranked(case) == []


def test_of_what_nobody_can_be_sure_the_nearest_comes_first_once_laid_on_each_other(case):
    for name in "abcd":
        document(case, f"d{name}", name)
    pair(case, "a", "b", verified=None, gate="doubtful", f=0.5)
    pair(case, "c", "d", said="can't tell", f=0.6)
    case.catalogue.execute("update regions set f = 0.1")
    found = ranked(case)
    assert [(row.a.path, row.status, row.f) for row in found] == [
        ("dc", "not verified", 0.1), ("da", "not verified", 0.5),
    ]  # fmt: skip


def test_what_has_votes_is_listed_though_it_was_laid_wrongly_and_before_what_has_none(case):
    for name in "abcd":
        document(case, f"d{name}", name)
    pair(case, "a", "b", verified=None, gate="doubtful", f=0.2)
    pair(case, "c", "d", said="can't tell", f=0.6, gate="passed")
    case.catalogue.execute("update regions set correlation = 0.3")
    found = ranked(case)
    assert [(row.a.path, row.status, row.voted) for row in found] == [
        ("dc", "not verified", True), ("da", "not verified", False),
    ]  # fmt: skip
    case.catalogue.execute("update regions set verdict = 'different'")
    assert names(ranked(case)) == [("da", "db", "not verified")]


def test_scope(case):
    document(case, "d1", "ab")
    document(case, "d2", "ca")
    pair(case, "a", "b", verified=-3)
    pair(case, "b", "c", verified=-4)
    within, across = ("d1", "d1", "verified"), ("d1", "d2", "verified")
    same = ("d1", "d2", "identical")
    assert names(ranked(case, "within")) == [within]
    assert names(ranked(case, "across")) == [same, across, across]  # a in d2 with b in d1
    assert names(ranked(case)) == [same, across, within]


def test_boxes_are_fractions_of_the_page_and_lie_in_their_panels(case):
    document(case, "d1", "xa", box=(0.5, 0.2, 1.0, 0.6))
    document(case, "d2", "b")
    pair(case, "a", "b")
    (row,) = ranked(case)
    assert (row.a.path, row.a.page) == ("d1", 2)
    assert row.box_a == pytest.approx((0.5 + 0.5 * 0.25, 0.2, 0.5 + 0.5 * 0.35, 0.4))
    assert row.box_b == pytest.approx((0.0, 0.5, 0.1, 1.0))  # cut to the picture of 20x100


def test_the_same_file_at_several_paths(case):
    document(case, "d1", "ab", paths=["z/1.pdf", "a/1.pdf", "m/1.pdf"])
    found = ranked(case)
    assert names(found) == [
        ("a/1.pdf", "m/1.pdf", "identical"),
        ("a/1.pdf", "z/1.pdf", "identical"),
    ]
    assert found[0].reason == "the same file" and found[0].box_a == (0, 0, 1, 1)


def test_documents_that_are_gone_make_no_rows(case):
    document(case, "d1", "a")
    document(case, "d2", "b")
    pair(case, "a", "b")
    case.catalogue.execute("delete from paths where path = ?", (b"d2",))
    assert ranked(case) == []


def test_versions_of_one_document_come_last(case):
    document(case, "preprint", "abcd")
    document(case, "article", "ABCD")
    document(case, "other", "z")
    for one, other in ("aA", "bB", "cC"):
        pair(case, one, other, verified=-20)
    pair(case, "a", "z", verified=-2)
    found = ranked(case)
    assert names(found)[0] == ("other", "preprint", "verified")
    assert [row.versions for row in found] == [False, True, True, True]
    assert all("versions of one document" in row.reason for row in found[1:])


def test_what_a_picture_shows_at_two_places_is_a_row_of_each_picture(case):
    document(case, "d1", "xa")
    document(case, "d2", "a")
    region(case, sha("a"), sha("a"), 0.2, -4, "same", 1)
    assert names(ranked(case)) == [("d1", "d2", "identical"), ("d1", "d1", "verified")]
    (row,) = [row for row in ranked(case) if row.status == "verified"]
    assert row.box_a == pytest.approx((0.2, 0.5, 0.3, 1.0))
    assert row.box_b == pytest.approx((0.25, 0.0, 0.35, 0.5))
    assert row.sha_a == row.sha_b == sha("a")
    assert names(ranked(case, "across")) == [("d1", "d2", "identical")]


def test_what_recurs_at_one_place_of_three_documents_is_furniture(case):
    for name in ("d1", "d2", "d3"):
        document(case, name, "a", box=(0.8, 0.0, 1.0, 0.1))
    document(case, "d4", "b", box=(0.1, 0.0, 0.3, 0.1))
    document(case, "d5", "b")  # fills its page, as images do
    document(case, "d6", "b")
    assert len(ranked(case)) == 4
    furnishing.mark(case)
    assert names(ranked(case)) == [("d4", "d5", "identical"), ("d4", "d6", "identical")]
    case.catalogue.execute("delete from paths where path = ?", (b"d3",))
    furnishing.mark(case)
    assert names(ranked(case))[0] == ("d1", "d2", "identical")


def judge(case, first, second, verdict):
    given = verdicts.verdict((sha(first), sha(second)), verdict, "R. Viewer", "", "0" * 64)
    verdicts.add(case, [given])


def test_what_was_judged_benign_is_put_away_until_a_new_image_joins(case):
    for name in "abz":
        document(case, f"d{name}", name)
    pair(case, "a", "b", verified=-9)
    pair(case, "a", "z", verified=-2)
    judge(case, "b", "a", "acceptable")
    found = ranked(case)
    assert names(found) == [("da", "dz", "verified"), ("da", "db", "verified")]
    assert [row.suppressed for row in found] == [False, True]
    assert found[1].judged.verdict == "acceptable"
    document(case, "dc", "c")
    pair(case, "a", "c", verified=-8)
    pair(case, "b", "c", verified=-7)
    found = ranked(case)
    assert [row.suppressed for row in found] == [False] * 4
    assert names(found)[0] == ("da", "db", "verified") and found[0].group == found[1].group
    judge(case, "a", "b", "concern")
    judge(case, "a", "c", "acceptable")
    judge(case, "b", "c", "acceptable")
    assert not any(row.suppressed for row in ranked(case))


def test_a_library_is_not_compared_with_itself(case):
    document(case, "d1", "a")
    for number, path in enumerate(["l1", "l2"]):
        case.catalogue.execute(
            f"insert into elsewhere values ({', '.join('?' * 17)})",
            (sha("b"), path.encode(), path, 1, number, 0, 0, 1, 1, 20, 100, path, 0, 0, 20, 100,
             "micrograph"),
        )  # fmt: skip
    pair(case, "a", "b")
    (row,) = ranked(case)
    assert (row.a.path, row.b.path, row.b.in_library) == ("d1", "l1", True)


def test_the_table_is_as_scripts_expect_and_defuses_formulas(case, tmp_path):
    document(case, "=HYPERLINK(1)", "a")
    document(case, 'b,"c"\n.png', "b")
    pair(case, "a", "b", verified=-5.25)
    judge(case, "a", "b", "unsure")
    table.write(ranked(case), tmp_path / "rows.csv")
    with open(tmp_path / "rows.csv", newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert ",".join(header) == (
        "rank,document_a,page_a,x0_a,y0_a,x1_a,y1_a,document_b,page_b,x0_b,y0_b,x1_b,y1_b,score,f,"
        "verified,inliers,status,reason,verdict,sha_a,sha_b"
    )
    (cells,) = lines
    told = dict(zip(header, cells, strict=True))
    assert told["document_a"] == "'=HYPERLINK(1)" and told["document_b"] == 'b,"c"\n.png'
    assert (told["rank"], told["score"], told["verified"], told["f"]) == (
        "1",
        "-5.25",
        "-5.25",
        "0.3",
    )
    assert (told["inliers"], told["status"], told["verdict"]) == ("12", "verified", "unsure")
    assert (told["sha_a"], told["sha_b"]) == (sha("a"), sha("b"))
    assert json.loads(told["x0_a"]) == 0.05
