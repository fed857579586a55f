import csv
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from imgforensics.comparison import pairs
from imgforensics.inference import embed, weights
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path):
    """A folder with five images of several sizes, one of them constant."""
    folder = tmp_path / "images"
    (folder / "sub").mkdir(parents=True)
    rng = np.random.RandomState(0)
    for name, shape in (("a.png", (32, 32)), ("b.png", (32, 32)), ("sub/c.tif", (90, 64))):
        Image.fromarray(rng.randint(0, 256, shape).astype(np.uint8)).save(folder / name)
    Image.new("L", (40, 40), 77).save(folder / "flat.png")
    Image.new("L", (1, 1), 3).save(folder / "dot.jpg")
    return folder


def table(folder, *lines):
    path = folder.parent / "pairs.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def score(model, root, path, out="scores.csv"):
    out = root.parent / out
    count = pairs.score(model, pairs.images_of(path, root), path, out)
    with open(out, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert count == len(rows)
    return rows


def test_columns_and_order_are_kept(model, root):
    path = table(
        root, "label,b,note,a", '1,b.png,"x, ""y""\nz",a.png', "0,a.png,,b.png", "",
        "é,sub/c.tif,2,a.png", "0,a.png,,b.png",
    )  # fmt: skip
    rows = score(model, root, path)
    assert list(rows[0]) == ["label", "b", "note", "a", "f", "likelihood"]
    assert [(row["label"], row["b"], row["note"], row["a"]) for row in rows] == [
        ("1", "b.png", 'x, "y"\nz', "a.png"),
        ("0", "a.png", "", "b.png"),
        ("é", "sub/c.tif", "2", "a.png"),
        ("0", "a.png", "", "b.png"),
    ]
    assert rows[1] == rows[3] and rows[0]["f"] == rows[1]["f"] != rows[2]["f"]


def test_f_and_likelihood_are_those_of_the_anchors_branch(model, root):
    rows = score(model, root, table(root, "a,b", "a.png,b.png", "b.png,flat.png"))
    files = [np.asarray(Image.open(root / name)) for name in ("a.png", "b.png")]
    first, second = embed.embed(model, files)
    f = np.abs(first - second) @ np.asarray(model.params["alpha"])
    assert float(rows[0]["f"]) == pytest.approx(f, rel=1e-5)
    for row in rows:
        expected = 1 / (1 + np.exp(float(row["f"]) - 1))
        assert float(row["likelihood"]) == pytest.approx(expected, rel=1e-6)


def test_an_image_and_itself(model, root):
    names = ["a.png", "b.png", "sub/c.tif", "flat.png", "dot.jpg"]
    rows = score(model, root, table(root, "a,b", *(f"{name},{name}" for name in names)))
    for row in rows:
        assert float(row["f"]) == 0
        assert float(row["likelihood"]) == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-6)


def test_order_does_not_matter_and_all_numbers_are_finite(model, root):
    names = ["a.png", "b.png", "sub/c.tif", "flat.png", "dot.jpg"]
    rows = score(model, root, table(root, "a,b", *(f"{a},{b}" for a in names for b in names)))
    f = np.array([float(row["f"]) for row in rows]).reshape(5, 5)
    np.testing.assert_allclose(f, f.T, rtol=1e-5, atol=1e-6)
    assert np.isfinite(f).all() and np.unique(f.round(6)).size > 8


def test_each_image_is_read_and_embedded_once(model, root, monkeypatch):
    read, embedded = [], []

    def spy_read(path):
        read.append(str(path))
        return np.full((32, 32), len(read), np.uint8)

    def spy_embed(model, images):
        embedded.extend(images)
        return np.zeros((len(embedded), 8), np.float32)

    monkeypatch.setattr(pairs, "read_gray", spy_read)
    monkeypatch.setattr(pairs, "embed", spy_embed)
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
        assert float(ours["f"]) == pytest.approx(float(theirs["f"]), rel=1e-5)


def test_other_sizes_are_cut_and_resized(model, root):
    square = np.asarray(Image.open(root / "sub" / "c.tif"))[13:77]
    Image.fromarray(square).resize((32, 32), Image.Resampling.BICUBIC).save(root / "cut.png")
    rows = score(model, root, table(root, "a,b", "sub/c.tif,cut.png"))
    assert float(rows[0]["f"]) == pytest.approx(0, abs=1e-5)


def test_spreadsheets_byte_order_mark(model, root):
    path = table(root, "\ufeffa,b", "a.png,b.png")
    assert list(score(model, root, path)[0]) == ["a", "b", "f", "likelihood"]


@pytest.mark.parametrize(
    "lines, message",
    [
        (["a,c", "a.png,b.png"], "has 0 columns named 'b', and needs one; its header is 'a,c'"),
        (["a,b,a", "a.png,b.png,a.png"], "has 2 columns named 'a'"),
        (["a,b,f", "a.png,b.png,1"], "has a column 'f' already"),
        (["a,b"], "holds no pairs"),
        ([""], "has 0 columns named 'a'"),
        (["a,b", "a.png,b.png", "a.png,no.png"], "line 3, column b: there is no file .*no.png"),
        (["a,b", "sub,a.png"], "line 2, column a: there is no file .*sub"),
        (["a,b", "a.png,../pairs.csv"], "column b: ../pairs.csv is not below the root"),
        (["a,b", "a.png,sub/../../pairs.csv"], "column b: .* is not below the root"),
        (["a,b", "/etc/hostname,a.png"], "column a: /etc/hostname is not below the root"),
        (["a,b", "a.png,"], "line 2, column b: '' is no path"),
        (["a,b", "a.png"], "line 2: 1 cells, and the header has 2"),
        (["a,b", 'a.png,"b.png'], "it is no CSV file in UTF-8"),
    ],
)
def test_wrong_tables(root, lines, message):
    with pytest.raises(UserError, match=message):
        pairs.images_of(table(root, *lines), root)


def test_other_wrong_input(model, root, tmp_path):
    path = table(root, "a,b", "a.png,b.png")
    with pytest.raises(UserError, match="cannot read .*nothing.csv: No such file"):
        pairs.images_of(tmp_path / "nothing.csv", root)
    with pytest.raises(UserError, match="is not a folder"):
        pairs.images_of(path, tmp_path / "nowhere")
    with pytest.raises(UserError, match="no CSV file in UTF-8"):
        pairs.images_of(root / "a.png", root)
    with pytest.raises(UserError, match="cannot write .*: it is a folder"):
        pairs.score(model, pairs.images_of(path, root), path, root)


@pytest.mark.parametrize("content", [b"", b"hello", "truncated"])
def test_an_unreadable_image_is_named_and_nothing_is_written(model, root, content):
    good = (root / "a.png").read_bytes()
    (root / "bad.png").write_bytes(good[: len(good) // 2] if content == "truncated" else content)
    path = table(root, "a,b", "a.png,b.png", "a.png,bad.png", "bad.png,b.png")
    out = root.parent / "scores.csv"
    out.write_text("before")
    left = sorted(os.listdir(root.parent))
    with pytest.raises(UserError, match="line 3, column b: cannot read .*bad.png: "):
        pairs.score(model, pairs.images_of(path, root), path, out)
    assert out.read_text() == "before" and sorted(os.listdir(root.parent)) == left


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
    assert out.read_text().startswith("a,b,f,likelihood\na.png,b.png,")

    path.write_text("a,b\na.png,missing.png\n")
    before = out.read_text()
    failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert failed.returncode == 1 and failed.stderr.count("\n") == 1
    assert failed.stderr.startswith(f"error: {path}, line 2, column b: there is no file")
    assert out.read_text() == before
