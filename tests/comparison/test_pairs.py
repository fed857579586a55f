import csv
import os
import pathlib
import subprocess
import sys

import here
import numpy as np
import pytest
from PIL import Image

from imgforensics.comparison import pair_scores, pairs
from imgforensics.comparison.pair_scores import Scorer
from imgforensics.inference import embed, weights
from imgforensics.utils import tables
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path):
    """A folder with images of several sizes, two of them blank."""
    folder = tmp_path / "images"
    (folder / "sub").mkdir(parents=True)
    rng = np.random.RandomState(0)
    for name, shape in (("a.png", (8, 8)), ("b.png", (8, 8)), ("sub/c.tif", (23, 16))):
        squares = rng.randint(0, 256, shape).repeat(4, axis=0).repeat(4, axis=1)
        Image.fromarray(squares[:90].astype(np.uint8)).save(folder / name)
    Image.new("L", (40, 40), 77).save(folder / "flat.png")
    Image.new("L", (1, 1), 3).save(folder / "dot.jpg")
    return folder


def table(folder, *lines):
    path = folder.parent / "pairs.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def score(model, root, path, out="scores.csv"):
    out = root.parent / out
    done = pairs.score(Scorer(model), pairs.check(path, root), path, root, out)
    with open(out, newline="", encoding="utf-8", errors="surrogateescape") as lines:
        rows = list(csv.DictReader(lines))
    assert done.pairs == len(rows)
    assert done.without == sum(bool(row["reason"]) for row in rows)
    assert all(bool(row["reason"]) == (row["f"] == row["likelihood"] == "") for row in rows)
    return rows


def test_columns_and_order_are_kept(model, root):
    path = table(
        root, "label,b,note,a", '1,b.png,"x, ""y""\nz",a.png', "0,a.png,,b.png", "",
        "é,sub/c.tif,2,a.png", "0,a.png,,b.png",
    )  # fmt: skip
    rows = score(model, root, path)
    assert list(rows[0]) == ["label", "b", "note", "a", "f", "likelihood", "reason"]
    assert [(row["label"], row["b"], row["note"], row["a"]) for row in rows] == [
        ("1", "b.png", 'x, "y"\nz', "a.png"),
        ("0", "a.png", "", "b.png"),
        ("é", "sub/c.tif", "2", "a.png"),
        ("0", "a.png", "", "b.png"),
    ]
    assert rows[1] == rows[3] and rows[0]["f"] == rows[1]["f"] != rows[2]["f"]


def test_f_and_likelihood_are_those_of_the_anchors_branch(model, root):
    rows = score(model, root, table(root, "a,b", "a.png,b.png", "b.png,sub/c.tif"))
    files = [np.asarray(Image.open(root / name)) for name in ("a.png", "b.png")]
    first, second = embed.embed(model, files)
    f = np.abs(first - second) @ np.asarray(model.params["alpha"])
    assert float(rows[0]["f"]) == pytest.approx(f, rel=1e-5)
    for row in rows:
        expected = 1 / (1 + np.exp(float(row["f"]) - 1))
        assert float(row["likelihood"]) == pytest.approx(expected, rel=1e-6)


def test_an_image_and_itself(model, root):
    names = ["a.png", "b.png", "sub/c.tif"]
    rows = score(model, root, table(root, "a,b", *(f"{name},{name}" for name in names)))
    for row in rows:
        assert float(row["f"]) == 0
        assert float(row["likelihood"]) == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-6)


def test_order_does_not_matter_and_all_numbers_are_finite(model, root):
    names = ["a.png", "b.png", "sub/c.tif"]
    rows = score(model, root, table(root, "a,b", *(f"{a},{b}" for a in names for b in names)))
    f = np.array([float(row["f"]) for row in rows]).reshape(3, 3)
    np.testing.assert_allclose(f, f.T, rtol=1e-5, atol=1e-6)
    assert np.isfinite(f).all() and np.unique(f.round(6)).size == 4


def test_each_image_is_read_and_embedded_once(model, root, monkeypatch):
    read, embedded = [], []

    def spy_read(path):
        read.append(str(path))
        return np.tile(np.uint8([0, 99]), (32, 16))

    def spy_embed(model, images):
        embedded.extend(images)
        return np.zeros((len(embedded), 8), np.float32)

    monkeypatch.setattr(pair_scores, "read_gray", spy_read)
    monkeypatch.setattr(pair_scores, "embed", spy_embed)
    lines = ["a.png,b.png", "b.png,a.png", "./a.png,sub/../b.png", "sub//c.tif,sub/c.tif"]
    score(model, root, table(root, "a,b", *lines, *lines))
    assert read == [str(root / name) for name in ("a.png", "b.png", "sub/c.tif")]
    assert len(embedded) == 3


def test_more_pairs_than_one_chunk(model, root, monkeypatch):
    lines = ["a.png,b.png", "b.png,sub/c.tif", "sub/c.tif,flat.png"] * 3
    path = table(root, "a,b", *lines)
    rows = score(model, root, path)
    monkeypatch.setattr(pairs, "_CHUNK", 2)
    for ours, theirs in zip(score(model, root, path), rows, strict=True):
        assert (ours["a"], ours["b"]) == (theirs["a"], theirs["b"])
        assert (ours["reason"], ours["f"] == "") == (theirs["reason"], theirs["f"] == "")
        assert float(ours["f"] or 0) == pytest.approx(float(theirs["f"] or 0), rel=1e-5)


def test_other_sizes_are_cut_and_resized(model, root):
    square = np.asarray(Image.open(root / "sub" / "c.tif"))[13:77]
    Image.fromarray(square).resize((32, 32), Image.Resampling.BICUBIC).save(root / "cut.png")
    rows = score(model, root, table(root, "a,b", "sub/c.tif,cut.png"))
    assert float(rows[0]["f"]) == pytest.approx(0, abs=1e-5)


def test_spreadsheets_byte_order_mark(model, root):
    path = table(root, "\ufeffa,b", "a.png,b.png")
    assert list(score(model, root, path)[0]) == ["a", "b", "f", "likelihood", "reason"]


@pytest.mark.parametrize(
    "lines, message",
    [
        (["a,c", "a.png,b.png"], "has 0 columns named 'b', and needs one; its header is 'a,c'"),
        (["a,b,a", "a.png,b.png,a.png"], "has 2 columns named 'a'"),
        (["a,b,f", "a.png,b.png,1"], "has a column 'f' already"),
        (["a,b,reason", "a.png,b.png,mine"], "has a column 'reason' already"),
        (["a,b"], "holds no pairs"),
        ([""], "has 0 columns named 'a'"),
        (["a,b", 'a.png,"b.png', "a.png,b.png"], "it is no CSV table .unexpected end"),
    ],
)
def test_wrong_tables(root, lines, message):
    with pytest.raises(UserError, match=message):
        pairs.check(table(root, *lines), root)


BAD_ROWS = {
    "a.png,no.png": "no.png: there is no such file",
    "sub,a.png": "sub: there is no such file",
    "gone.png,no.png": "gone.png: there is no such file; no.png: there is no such file",
    "a.png,../pairs.csv": "../pairs.csv: not below the root",
    "a.png,sub/../../pairs.csv": "../pairs.csv: not below the root",
    "/etc/hostname,a.png": "/etc/hostname: not below the root",
    "link.png,a.png": "link.png: a link that leads out of the root",
    "linked/a.png,a.png": "linked/a.png: a link that leads out of the root",
    "a.png,": "line {line}: '' is no path",
    "a.png": "line {line}: 1 cells, and the header has 2",
    "a.png,b.png,c.png": "line {line}: 3 cells, and the header has 2",
    'a.png,"b"c': "line {line}: ',' expected after '\"'",
    f"a.png,{'x' * 300}": "File name too long",
    "a.png,flat.png": "flat.png: blank: there is nothing to compare",
    "dot.jpg,a.png": "dot.jpg: blank",
    "corner.png,a.png": "corner.png: blank in its largest central square",
    "a.png,text.png": "text.png: its content is of the kind text",
    "empty.png,a.png": "empty.png: the file is empty",
    "a.png,cut.png": "cut.png: ",
}


def test_a_bad_row_costs_no_other(model, root):
    good = (root / "a.png").read_bytes()
    (root / "cut.png").write_bytes(good[: len(good) // 2])
    (root / "text.png").write_text("hello")
    (root / "empty.png").touch()
    corner = np.zeros((64, 192), np.uint8)
    corner[:, :40] = 99
    Image.fromarray(corner).save(root / "corner.png")
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a.png").write_bytes(good)
    (root / "link.png").symlink_to(outside / "a.png")
    (root / "linked").symlink_to(outside)
    lines = [line for bad in BAD_ROWS for line in (bad, "a.png,b.png")]
    rows = score(model, root, table(root, "a,b", *lines))
    assert len(rows) == 2 * len(BAD_ROWS)
    for line, (reason, bad, fine) in enumerate(zip(BAD_ROWS.values(), rows[::2], rows[1::2])):
        assert reason.format(line=2 + 2 * line) in bad["reason"]
        assert (fine["a"], fine["b"], fine["reason"]) == ("a.png", "b.png", "")
        assert float(fine["f"]) == pytest.approx(float(rows[1]["f"]), rel=1e-5)


def test_nothing_but_bad_rows(model, root):
    (row,) = score(model, root, table(root, "a,b", "a.png,no.png"))
    assert (row["a"], row["b"], row["f"]) == ("a.png", "no.png", "")


def test_names_that_are_formulas_or_no_utf8_come_back(model, root):
    image = (root / "a.png").read_bytes()
    names = ["=1+2.png", "@b.png", "-c.png", "'=d.png", "+5", os.fsdecode(b"caf\xe9.png")]
    for name in names:
        (root / name).write_bytes(image)
    path = root.parent / "pairs.csv"
    cells = [["b", "a", "=x"]] + [["b.png", tables.defuse(name), "+1"] for name in names]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(",".join(row) + "\n" for row in cells)
    rows = score(model, root, path)
    assert [row["a"] for row in rows] == [tables.defuse(name) for name in names]
    assert not any(row["reason"] for row in rows) and list(rows[0])[2] == "'=x"
    assert not any(cell[:1] in ("=", "@", "-") for row in rows for cell in row.values())
    for row in rows:
        del row["f"], row["likelihood"], row["reason"]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        csv.writer(file).writerows([rows[0].keys(), *(row.values() for row in rows)])
    assert not any(row["reason"] for row in score(model, root, path))


def test_other_wrong_input(model, root, tmp_path):
    path = table(root, "a,b", "a.png,b.png")
    with pytest.raises(UserError, match="cannot read .*nothing.csv: No such file"):
        pairs.check(tmp_path / "nothing.csv", root)
    with pytest.raises(UserError, match="is not a folder"):
        pairs.check(path, tmp_path / "nowhere")
    with pytest.raises(UserError, match="has 0 columns named 'a'"):
        pairs.check(root / "a.png", root)
    with pytest.raises(UserError, match="cannot write .*: it is a folder"):
        pairs.score(Scorer(model), pairs.check(path, root), path, root, root)


def test_the_command(model, root):
    file = root.parent / "model.npz"
    weights.export(model, file)
    path, out = table(root, "a,b", "a.png,b.png"), root.parent / "scores.csv"
    command = [
        sys.executable, "-W", "error", "-m", "imgforensics", "score_pairs",
        "--weights", str(file), "--root", str(root), "--pairs", str(path), "--out", str(out),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"scoring {path}\nwritten to {out}: 1 pairs of 2 images\n"
    assert out.read_text().startswith("a,b,f,likelihood,reason\na.png,b.png,")

    path.write_text("a,b\na.png,missing.png\na.png,b.png\n")
    some = here.run(*command[5:])
    assert some.returncode == 2 and some.stdout.endswith(": 2 pairs of 2 images\n")
    told = some.stderr.splitlines()[-1]
    assert told == "1 of 2 pairs have no score: the column `reason` says why"
    assert "a.png,missing.png,,,missing.png: there is no such file\n" in out.read_text()

    command[-1] = str(path / "scores.csv")
    failed = here.run(*command[5:])
    assert failed.returncode == 1 and failed.stderr.count("\n") == 1
    assert failed.stderr.startswith("error: cannot write to ")
