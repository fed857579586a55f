"""Documents of all kinds, read by children: none that is bad costs the others anything."""

import hashlib
import os
import pathlib

import makers
import numpy as np
import pytest
import tifffile

from imgforensics.documents.find import find
from imgforensics.documents.limits import Limits
from imgforensics.documents.read import read
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError

PICTURE = makers.picture(0)
PNG = makers.encoded(PICTURE)


def write(folder, **files):
    """Writes files, in whose names _ stands for the point; returns their paths."""
    paths = {name: folder / name.replace("_", ".") for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    return list(paths.values())


def a_pdf(pictures=1):
    drawing = "".join(makers.place("X0", 0, 90 * y, 80, 60) for y in range(pictures))
    height, width = PICTURE.shape
    jpeg = makers.encoded(PICTURE, "JPEG")
    return makers.pdf([(drawing, "")], [makers.image_object(jpeg, width, height)])


def test_each_kind(tmp_path):
    pages = np.stack([makers.picture(seed) for seed in range(3)])
    tifffile.imwrite(tmp_path / "pages.tif", pages, photometric="minisblack")
    word = makers.packed({"word/document.xml": "<w/>", "word/media/image1.png": PNG})
    paths = write(tmp_path, a_png=PNG, b_pdf=a_pdf(2), c_docx=word)
    slide = makers.shown("m0", makers.transform(0, 0, 9, 9))
    paths += write(tmp_path, d_pptx=makers.pptx([slide], {"image1.png": PNG}))
    tiff, png, *others = read([tmp_path / "pages.tif", *paths])
    assert [document.problem for document in (tiff, png, *others)] == [None] * 5
    assert [figure.page for figure in tiff.figures] == [1, 2, 3] and tiff.pages == 3
    np.testing.assert_array_equal([figure.pixels for figure in tiff.figures], pages)
    [figure] = png.figures
    assert figure.document == png.path == str(tmp_path / "a.png")
    assert figure.sha256 == png.sha256 == hashlib.sha256(PNG).hexdigest()
    assert figure.stream_sha256 == figure.sha256
    assert figure.pixels_sha256 == digests.of_pixels(PICTURE)
    assert figure.box == (0, 0, 1, 1) and figure.number == 1
    assert [len(document.figures) for document in others] == [2, 1, 1]
    assert [figure.number for figure in others[0].figures] == [1, 2]
    np.testing.assert_array_equal(others[1].figures[0].pixels, PICTURE)


def test_archives_and_archives_in_them(tmp_path):
    inner = makers.packed({"deep/b.png": PNG})
    files = {"a.pdf": a_pdf(), "notes.txt": "text", "in.zip": inner, ".hidden.png": PNG,
             "bad.pdf": b"%PDF-1.4 nonsense", "../up.png": PNG}  # fmt: skip
    [path] = write(tmp_path, all_zip=makers.packed(files))
    archive, *documents = read([path])
    assert archive.figures == () and archive.pages == 6
    assert archive.unread == (
        "notes.txt: its content is of the kind text, which is not read; name an image",
    )
    found = {document.path: document for document in documents}
    assert set(found) == {
        f"{path}/{name}"
        for name in ("a.pdf", "in.zip", "in.zip/deep/b.png", "bad.pdf", "../up.png")
    }
    assert found[f"{path}/bad.pdf"].problem.startswith("damaged: ")
    [figure] = found[f"{path}/in.zip/deep/b.png"].figures
    assert figure.sha256 == hashlib.sha256(PNG).hexdigest()


def bomb():
    return makers.packed({f"{name}.png": 2**22 * b"\0" for name in "abc"})


def test_limits_of_archives(tmp_path):
    nested = PNG
    for _ in range(4):
        nested = makers.packed({"a.zip": nested})
    many = makers.packed({f"{number}.png": b"" for number in range(20)})
    paths = write(tmp_path, nested_zip=nested, many_zip=many, bomb_zip=bomb())
    limits = Limits(depth=2, files=10, unpacked=2**23)
    problems = {document.path: document.problem for document in read(paths, limits)}
    assert "2 archives" in problems[f"{paths[0]}/a.zip/a.zip"]
    assert problems[str(paths[1])] == "it has 20 files, more than 10; split it"
    assert "too many bytes" in problems[f"{paths[2]}/c.png"]


def test_an_encrypted_member(tmp_path):
    content = bytearray(makers.packed({"a.png": PNG}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    [path] = write(tmp_path, a_zip=bytes(content))
    _, document = read([path])
    assert document.problem == "encrypted: pack it without a password"


def test_what_is_bad_is_named_and_costs_nothing(tmp_path):
    os.mkfifo(tmp_path / "pipe.pdf")
    bad = write(
        tmp_path, empty_pdf=b"", text_pdf=b"hello", cut_png=PNG[:200], office_docx=b"PK\x03\x04"
    )
    paths = [tmp_path / "pipe.pdf", tmp_path / "missing.pdf", tmp_path, *bad]
    [good] = write(tmp_path, good_png=PNG)
    *documents, last = read([*paths, good])
    assert [document.path for document in documents] == list(map(str, paths))
    assert all(document.problem and "\n" not in document.problem for document in documents)
    assert last.problem is None and len(last.figures) == 1


@pytest.fixture
def breaking(monkeypatch, tmp_path):
    """A server whose children do what the name of the file says."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, time\n"
        "from imgforensics.documents import frames, pictures\n"
        "before = pictures.contents\n"
        "def full(*_, **__): raise OSError(28, 'No space left on device')\n"
        "def contents(content):\n"
        "    found = before(content)\n"
        "    def parts():\n"
        "        if content.endswith(b'full'): frames.write = full\n"
        "        yield from found.parts\n"
        "        if content.endswith(b'crash'): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "        if content.endswith(b'hang'): time.sleep(60)\n"
        "        if content.endswith(b'swallow'): bytearray(2**33)\n"
        "        if content.endswith(b'stumble'): raise LookupError\n"
        "        if content.endswith(b'leave'): os._exit(7)\n"
        "    return found._replace(parts=parts())\n"
        "pictures.contents = contents\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


@pytest.mark.usefixtures("breaking")
def test_children_that_crash_hang_and_swallow_memory(tmp_path):
    kinds = ("crash", "hang", "swallow", "stumble", "leave", "go_on")
    paths = write(tmp_path, **{f"{kind}_png": PNG + kind.encode() for kind in kinds})
    documents = list(read(paths, Limits(seconds=1, memory=2**32)))
    assert [len(document.figures) for document in documents] == [1] * 6  # read before that
    crash, hang, swallow, stumble, leave, go_on = (document.problem for document in documents)
    assert "crashed (SIGSEGV)" in crash and "more than 1 seconds" in hang
    assert "more memory than 4 GiB" in swallow
    assert stumble == leave == "damaged, or of an unsupported kind"
    assert go_on is None


def test_too_many_figures_and_pixels(tmp_path):
    [path] = write(tmp_path, a_pdf=a_pdf(4))
    [document] = read([path], Limits(figures=2))
    assert len(document.figures) == 2 and "from page 1 on" in document.problem
    [document] = read([path], Limits(pixels=3 * PICTURE.size))
    assert len(document.figures) == 3 and "split it" in document.problem


@pytest.mark.usefixtures("breaking")
def test_a_full_disk_is_told(tmp_path):
    [path] = write(tmp_path, full_png=PNG + b"full")
    with pytest.raises(UserError, match="temporary files: TMPDIR may name another"):
        list(read([path]))


def test_names_that_are_not_utf8(tmp_path):
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xe9\n.png"))
    pathlib.Path(path).write_bytes(PNG)
    [document] = read([path])
    assert document.path == path and document.problem is None


def test_listing(tmp_path):
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    write(tmp_path, a_pdf=a_pdf(), b_txt=b"text", broken_png=b"text", named=PNG, c_psd=b"8BPS")
    write(tmp_path / "sub", d_zip=makers.packed({"a.png": PNG}))
    write(tmp_path / "sub" / ".hidden", e_png=PNG)
    found = find([tmp_path, tmp_path / "b.txt", tmp_path / "a.pdf"])
    names = [pathlib.Path(path).relative_to(tmp_path).as_posix() for path in found.paths]
    assert names == ["a.pdf", "broken.png", "named", "sub/d.zip", "b.txt"]
    passed_over = {pathlib.Path(path).name: why for path, why in found.passed_over.items()}
    assert set(passed_over) == {"b.txt", "c.psd"}
    assert "Photoshop" in passed_over["c.psd"]
    with pytest.raises(UserError, match="is not there"):
        find([tmp_path / "missing"])


def children():
    return pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def test_no_process_outlives_its_reader(tmp_path):
    [path] = write(tmp_path, a_png=PNG)
    before = children()
    documents = read([path, path])
    next(documents)
    assert len(children()) == len(before) + 1
    documents.close()
    assert children() == before
