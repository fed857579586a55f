"""A connection to PostgreSQL: its schema brought up to date, its errors in plain words."""

import contextlib
import importlib.resources
import os
from collections.abc import Iterator

import psycopg
from psycopg import conninfo, errors

from imgforensics.utils.errors import UserError

SCHEMA = "imgforensics"
_PATIENCE = 10  # seconds in which a server has to answer; PGCONNECT_TIMEOUT changes it
_LOCK = 0x1F0CA5E  # of those who bring the schema up to date (advisory)
_DEFAULTS = {
    "fallback_application_name": SCHEMA,
    # Notice within a minute and a half that the server's machine is gone.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "6",
}
_AGAIN = "run the same command again"
_WORDS = {
    errors.InsufficientPrivilege: "your role there may not do this, ask an administrator for it",
    errors.DiskFull: f"the server's disk is full: make room, then {_AGAIN}",
    errors.OutOfMemory: f"the server has no memory left: {_AGAIN}",
    errors.ReadOnlySqlTransaction: "it can only be read from: name the primary server",
    errors.DeadlockDetected: f"another program wrote the same: {_AGAIN}",
    errors.LockNotAvailable: f"another program is changing it: {_AGAIN}",
    errors.UndefinedFile: "the server lacks pgvector: install version 0.8 or later there",
    errors.FeatureNotSupported: "the server lacks pgvector: install version 0.8 or later there",
    errors.UndefinedObject: "the server's pgvector is too old: update it to 0.8 or later",
    errors.QueryCanceled: f"the server ended a query, perhaps for its time: {_AGAIN}",
}


def name(address: str) -> str:
    """An address as it is shown: who, where, and which database.

    Raises:
        UserError: it is none.
    """
    try:
        told = conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise UserError("the library's address is none: postgresql://HOST/DATABASE") from error
    who = f"{told['user']}@" if told.get("user") else ""
    port = f":{told['port']}" if told.get("port") else ""
    return f"postgresql://{who}{told.get('host', '')}{port}/{told.get('dbname', '')}"


@contextlib.contextmanager
def opened(address: str, new: bool = False) -> Iterator[psycopg.Connection]:
    """Connects to a library, and disconnects.

    Args:
        address: whatever it leaves out is taken from libpq's usual places: PGUSER, PGPASSWORD,
            PGSSLMODE and so on, ~/.pgpass and ~/.pg_service.conf.
        new: whether to make a library where there is none. An older one is brought up to date if
            new, and else refused like a newer one.

    Yields:
        A connection that commits every statement of its own, unless within a transaction. What
        PostgreSQL raises in the block becomes a `UserError`, too.

    Raises:
        UserError: it can't be reached, is none, or is of another version.
    """
    with in_words(address), connect(address) as connection:
        _bring_up_to_date(connection, name(address), new)
        yield connection


def connect(address: str) -> psycopg.Connection:
    """A connection whose names are those of the library."""
    told = _DEFAULTS | conninfo.conninfo_to_dict(address)
    if "PGCONNECT_TIMEOUT" not in os.environ:
        told.setdefault("connect_timeout", _PATIENCE)
    connection = psycopg.connect(conninfo.make_conninfo("", **told), autocommit=True)
    connection.execute(f"set search_path = {SCHEMA}, public")
    connection.execute("set timezone = 'UTC'")
    return connection


@contextlib.contextmanager
def in_words(address: str) -> Iterator[None]:
    """Makes a `UserError` of one line of what PostgreSQL raises in the block."""
    try:
        yield
    except psycopg.Error as error:
        raise UserError(f"cannot use {name(address)}: {_reason(error)}") from error


def _reason(error: psycopg.Error) -> str:
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = "; ".join(dict.fromkeys(lines)) or type(error).__name__
    told = told.removeprefix("connection failed: ")
    if isinstance(error, psycopg.OperationalError):
        return f"{told}: mend that, then {_AGAIN}"
    return told


def _bring_up_to_date(connection, shown, new) -> None:
    migrations = _migrations()
    version = _version(connection)
    if version > len(migrations):
        raise UserError(f"{shown} was made by a newer imgforensics: update this one")
    if version == len(migrations):
        return
    if not new and not version:
        raise UserError(f"{shown} holds no library: add documents to it first")
    if not new:
        raise UserError(f"{shown} was made by an older imgforensics: add documents to it first")
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(f"create schema if not exists {SCHEMA}")
        for number, script in list(enumerate(migrations, 1))[_version(connection) :]:
            connection.execute(script)
            connection.execute(
                "insert into settings values ('schema', %s)"
                " on conflict (name) do update set value = excluded.value",
                (str(number),),
            )


def _version(connection) -> int:
    """Number of the last migration; 0 where there is no library."""
    there = connection.execute(
        "select from pg_tables where schemaname = %s and tablename = 'settings'", (SCHEMA,)
    )
    if there.fetchone() is None:
        return 0
    found = connection.execute("select value from settings where name = 'schema'").fetchone()
    return int(found[0])


def _migrations() -> list[str]:
    """SQL scripts in the order of their numbers, 0001.sql and so on."""
    folder = importlib.resources.files(__package__) / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(folder / each).read_text(encoding="utf-8") for each in names]
