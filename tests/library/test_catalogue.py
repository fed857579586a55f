"""The catalogue: made, brought up to date, and refused in one clear line."""

import multiprocessing
import sqlite3

import pytest

from imgforensics.library import catalogue, store
from imgforensics.utils.errors import UserError


def version(folder):
    with catalogue.opened(folder) as connection:
        return connection.execute("pragma user_version").fetchone()[0]


def test_a_new_one_is_of_the_latest_version_in_wal_mode(tmp_path):
    with catalogue.opened(tmp_path, new=True) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("select count(*) from files").fetchone() == (0,)
    assert version(tmp_path) == len(catalogue._migrations()) > 0


def test_an_older_one_is_brought_up_to_date_and_keeps_what_it_has(tmp_path, monkeypatch):
    with catalogue.opened(tmp_path, new=True) as connection:
        connection.execute("insert into settings values ('a', 'b')")
    scripts = [*catalogue._migrations(), "create table later (number integer) strict"]
    monkeypatch.setattr(catalogue, "_migrations", lambda: scripts)
    with pytest.raises(UserError, match="made by an older imgforensics"):
        version(tmp_path)
    with catalogue.opened(tmp_path, new=True) as connection:
        assert connection.execute("select * from settings").fetchall() == [("a", "b")]
        assert connection.execute("select * from later").fetchall() == []
    assert version(tmp_path) == len(scripts)


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    with catalogue.opened(tmp_path, new=True):
        pass
    before = version(tmp_path)
    scripts = [*catalogue._migrations(), "create table later (number); select nonsense"]
    with monkeypatch.context() as patched, pytest.raises(sqlite3.OperationalError):
        patched.setattr(catalogue, "_migrations", lambda: scripts)
        with catalogue.opened(tmp_path, new=True):
            pass
    assert version(tmp_path) == before


def test_a_newer_one_is_refused(tmp_path):
    with catalogue.opened(tmp_path, new=True) as connection:
        connection.execute("pragma user_version = 999")
    with pytest.raises(UserError, match="made by a newer imgforensics: update this one"):
        version(tmp_path)


def test_what_is_none_is_refused(tmp_path):
    with pytest.raises(UserError, match="is no case and no library"):
        version(tmp_path)
    file = tmp_path / catalogue.NAME
    file.write_bytes(b"something else" * 100)
    with pytest.raises(UserError, match="is no database"):
        version(tmp_path)
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("create table theirs (number)")
    other.close()
    with pytest.raises(UserError, match="of another program"), catalogue.opened(tmp_path, new=True):
        pass


def test_a_transaction_is_all_or_nothing(tmp_path):
    with catalogue.opened(tmp_path, new=True) as connection:
        with pytest.raises(KeyboardInterrupt):
            with catalogue.transaction(connection):
                connection.execute("insert into settings values ('a', 'b')")
                raise KeyboardInterrupt
        assert connection.execute("select * from settings").fetchall() == []


def test_a_full_disk_is_told(tmp_path):
    with pytest.raises(UserError, match="the disk is full: make room"):
        with catalogue.opened(tmp_path, new=True) as connection:
            pages = connection.execute("pragma page_count").fetchone()[0]
            connection.execute(f"pragma max_page_count = {pages}")
            connection.execute("insert into settings values ('a', ?)", ("b" * 100_000,))


def test_another_programs_transaction_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_PATIENCE", 0.01)
    with catalogue.opened(tmp_path, new=True) as one:
        one.execute("begin immediate")
        with pytest.raises(UserError, match="another program is writing to it"):
            with catalogue.opened(tmp_path) as other:
                other.execute("insert into settings values ('a', 'b')")


def hold(folder, ready, done):
    with store.writing(folder):
        ready.set()
        done.wait()


def test_two_processes_never_write_to_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path / "case", ready, done))
    process.start()
    assert ready.wait(60)
    with pytest.raises(UserError, match="another process is working on"):
        with store.writing(tmp_path / "case"):
            pass
    process.kill()  # which ends its lock
    process.join()
    with store.writing(tmp_path / "case"):
        pass


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear editor")
    with pytest.raises(UserError, match="holds other files"), store.writing(tmp_path):
        pass
