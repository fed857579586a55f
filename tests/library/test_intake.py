"""Documents come in once, by their content, and none is lost."""

import os
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image

from imgforensics.library import intake
from imgforensics.library import store as stores


@pytest.fixture
def case(tmp_path):
    with stores.writing(tmp_path / "case") as opened:
        yield opened


def noise(seed, side=64):
    levels = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(side, side)), (0, 0), 2)
    return np.uint8(np.clip(128 + 50 * levels / levels.std(), 0, 255))


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def paths(case):
    return {os.fsdecode(path) for (path,) in case.catalogue.execute("select path from paths")}


def count(case, table):
    return case.catalogue.execute(f"select count(*) from {table}").fetchone()[0]


def test_a_folder_is_read_once_and_then_only_what_is_new(case, tmp_path):
    folder = tmp_path / "images"
    first = save(folder / "a.png", noise(0))
    save(folder / "b.png", noise(1))
    done = []
    assert intake.add(case, intake.listed([folder]), done.append) == 2
    assert len(done) == 2
    third = save(folder / "c.png", noise(2))
    (folder / "notes.txt").write_text("no image")
    assert intake.add(case, intake.listed([folder]), done.append) == 1
    assert paths(case) == {str(folder / name) for name in ("a.png", "b.png", "c.png")}
    third.rename(folder / "d.png")  # is known by its content
    assert intake.add(case, intake.listed([folder])) == 0
    assert count(case, "files") == 3 and str(folder / "d.png") in paths(case)
    pixels = stores.picture(
        case, case.catalogue.execute("select sha256 from pictures").fetchone()[0]
    )
    np.testing.assert_array_equal(pixels, np.asarray(Image.open(first)))
    strays = case.catalogue.execute("select path, passed from strays").fetchall()
    assert strays == [(os.fsencode(folder / "notes.txt"), 1)]


def test_a_file_that_was_replaced_is_read_anew(case, tmp_path):
    file = save(tmp_path / "images" / "a.png", noise(0))
    intake.add(case, intake.listed([file]))
    save(file, noise(1))
    assert intake.add(case, intake.listed([file])) == 1
    assert count(case, "paths") == 1 and count(case, "files") == 2
    assert count(case, "places") == 1  # of what is there now


def test_names_of_all_kinds_are_kept_byte_for_byte(case, tmp_path):
    folder = tmp_path / "images"
    names = [b"caf\xe9.png", "µ=2 \n<b>.png".encode(), b"'; drop table files; --.png"]
    for number, name in enumerate(names):
        save(folder / os.fsdecode(name), noise(number))
    intake.add(case, intake.listed([folder]))
    assert paths(case) == {str(folder / os.fsdecode(name)) for name in names}


def test_a_bad_file_is_a_named_row_and_costs_nothing_else(case, tmp_path):
    folder = tmp_path / "images"
    save(folder / "a.png", noise(0))
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    (folder / "c.pdf").write_bytes(b"%PDF-1.7 nothing")
    intake.add(case, intake.listed([folder]))
    rows = case.catalogue.execute(
        "select path, problem from paths join files on files.id = file order by path"
    ).fetchall()
    assert [problem is None for _, problem in rows] == [True, False, False]


def test_an_archive_is_one_file_with_others_in_it(case, tmp_path):
    inner = save(tmp_path / "inner.png", noise(0))
    with zipfile.ZipFile(tmp_path / "figures.zip", "w") as archive:
        archive.write(inner, "one/a.png")
        archive.write(inner, "two/b.png")
    assert intake.add(case, intake.listed([tmp_path / "figures.zip"])) == 1
    archive = str(tmp_path / "figures.zip")
    assert paths(case) == {archive, f"{archive}/one/a.png", f"{archive}/two/b.png"}
    assert count(case, "files") == 2 and count(case, "paths where inside") == 2


def test_what_is_too_small_or_blank_is_not_compared(case, tmp_path):
    save(tmp_path / "images" / "small.png", noise(0, 30))
    save(tmp_path / "images" / "blank.png", np.full((64, 64), 200, np.uint8))
    intake.add(case, intake.listed([tmp_path / "images"]))
    rows = case.catalogue.execute("select compared, reason from panels order by reason").fetchall()
    assert [compared for compared, _ in rows] == [0, 0], rows
    assert "30x30 pixels" in rows[0][1] and "blank" in rows[1][1]


def test_an_image_file_is_compared_whatever_it_looks_like(case, tmp_path):
    drawing = np.full((150, 150), 255, np.uint8)
    cv2.circle(drawing, (75, 75), 50, 0, 2)
    save(tmp_path / "drawing.png", drawing)
    intake.add(case, intake.listed([tmp_path / "drawing.png"]))
    rows = case.catalogue.execute("select compared, x0, y0, x1, y1 from panels").fetchall()
    assert rows == [(1, 0, 0, 150, 150)]


def test_cases_are_no_documents(case, tmp_path):
    save(tmp_path / "a.png", noise(0))
    intake.add(case, intake.listed([tmp_path]))
    again = intake.listed([tmp_path])  # the case's own pictures lie there by now
    assert again.paths == [str(tmp_path / "a.png")] and not again.passed_over


def test_a_stop_in_the_middle_loses_and_doubles_nothing(case, tmp_path, monkeypatch):
    for number in range(4):
        save(tmp_path / "images" / f"{number}.png", noise(number))
    listed, committed = intake.listed([tmp_path / "images"]), []

    def stop(path):
        committed.append(path)
        if len(committed) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.add(case, listed, stop)
    assert count(case, "files") == 2
    insert = intake._insert_figure

    def stop_within(store, *figure):
        insert(store, *figure)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(intake, "_insert_figure", stop_within)
        intake.add(case, listed)
    assert count(case, "files") == count(case, "figures") == 2
    assert intake.add(case, listed) == 2
    for table in ("files", "paths", "figures", "panels", "pictures"):
        assert count(case, table) == 4


def test_identical_files_are_one_with_two_places(case, tmp_path):
    save(tmp_path / "images" / "a.png", noise(0))
    save(tmp_path / "images" / "b.png", noise(0))
    intake.add(case, intake.listed([tmp_path / "images"]))
    assert count(case, "files") == 1 and count(case, "paths") == 2
