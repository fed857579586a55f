"""A library in PostgreSQL: its recall, several clients, what is killed, versions and roles."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from model_fixtures import tiny_model
from staged import document, pixels

from imgforensics.library import build, columns, embedding, libraries
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.descriptions import _COLUMN
from imgforensics.library.folder import Folder
from imgforensics.library.intake import Listed
from imgforensics.library.interface import Filter
from imgforensics.library.verdicts import Verdict
from imgforensics.models.metric import Metric
from imgforensics.utils.errors import UserError
from imgforensics.verification import gate

pytest.importorskip("psycopg", reason="needs the extra [postgres]")

from imgforensics.library.postgres import connection as server
from imgforensics.library.postgres import intake, search

_NOTHING = Listed([], {})
_SIZE, _FEATURES, _K = 2000, 64, 100
# Takes what is in a folder into a library, and is killed in the middle of it.
_KILLED = """
import os, signal, sys
import numpy as np
from imgforensics.library import store as stores
from imgforensics.library.postgres import connection, intake
intake._suppress = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
with connection.opened(sys.argv[1]) as opened, stores.reading(sys.argv[2]) as store:
    intake.take(opened, store, np.ones(8, np.float32))
"""


@pytest.fixture(scope="module")
def model():
    return tiny_model(metric="positive_alpha_l1")


@pytest.fixture
def address(postgres):
    return postgres.address(postgres.empty_database())


def write_case(folder, names):
    with stores.writing(folder) as store:
        for name in names:
            document(store, name, (int(name), int(name) + 1))
    return str(folder)


def add(address, case, model):
    with libraries.writing(address) as library:
        library.add([case], _NOTHING, model)


def described(address):
    with libraries.reading(address) as library:
        return library.describe()[:3]


def refused(address, open_as=libraries.reading):
    """The line by which an address is refused."""
    with pytest.raises(UserError) as told, open_as(address):
        pass
    assert "\n" not in str(told.value)
    return str(told.value)


def synthetic(folder, count, features):
    """A folder of so many pictures with embeddings in clusters, as if read, embedded, described."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, features))
    rows = centres[rng.integers(60, size=count)] + 0.5 * rng.normal(size=(count, features))
    with stores.writing(folder) as store, transaction(store.catalogue):
        run = store.catalogue.execute
        png = stores.picture_path(store.folder, stores.keep_picture(store, pixels(0)))
        run("insert into files (sha256, pages, unread) values ('f', 1, '[]')")
        run("insert into paths values (?, 1, 0)", (b"f.pdf",))
        run(
            "insert into figures (file, page, number, x0, y0, x1, y1, width, height, pixels_sha256)"
            " values (1, 1, 1, 0, 0, 1, 1, 48, 48, 'f')"
        )
        for number in range(count):
            digest = f"{number:064}"
            path = stores.picture_path(store.folder, digest)
            path.parent.mkdir(exist_ok=True)
            os.link(png, path)
            run(
                "insert into pictures values (?, ?, 48, 48, '0', ?, ?, 1, ?, 0)",
                (number + 1, digest, number, number, number),
            )
            run(
                "insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture)"
                " values (1, 0, 0, 48, 48, ?, 1, '', ?)",
                ("blot" if number % 10 == 0 else "micrograph", number + 1),
            )
        columns.append(store, embedding.wholes(features), rows)
        columns.append(store, embedding.parts(features), rows + 0.1 * rng.normal(size=rows.shape))
        columns.append(store, _COLUMN, np.zeros(count, gate.DESCRIPTION))
    queries = rows[::40] + 0.3 * rng.normal(size=rows[::40].shape)
    return queries.astype(np.float32)


@pytest.mark.parametrize("wanted", [Filter(), Filter(kind="blot")])
@pytest.mark.parametrize("parts", [False, True])
def test_recall_of_the_exact_search(large, parts, wanted):
    address, folder, alpha, queries = large
    forensic = Metric(alpha)
    with libraries.reading(address) as library:
        near = library.nearest(forensic, queries, parts, _K, wanted, lambda pairs: None)
    with stores.reading(folder) as store:
        exact = Folder(store).nearest(forensic, queries, parts, _K, wanted, lambda pairs: None)
    hits = 0
    for line in range(len(queries)):
        mine = {near.hashes[each] for each in near.pictures[line].tolist()}
        theirs = {exact.hashes[each] for each in exact.pictures[line].tolist()}
        hits += len(mine & theirs)
    assert np.isfinite(near.f).all() and (np.diff(near.f) >= 0).all()
    assert hits >= 0.995 * exact.pictures.size
    same = near.f == exact.f  # to the last bit, where the same was found
    assert same.mean() >= 0.995


@pytest.fixture(scope="module")
def large(postgres, tmp_path_factory):
    """A library of 2000 pictures, the folder that it is of, alpha, and queries."""
    folder = tmp_path_factory.mktemp("synthetic") / "case"
    queries = synthetic(folder, _SIZE, _FEATURES)
    alpha = np.random.default_rng(1).uniform(0.5, 1.5, _FEATURES).astype(np.float32) / _FEATURES
    address = postgres.address(postgres.new_database())
    wide = tiny_model(metric="positive_alpha_l1", embedding_features=_FEATURES)
    with libraries.writing(address) as library, stores.reading(folder) as store:
        library._prepare(wide)
        intake.take(library._connection, store, alpha)
    return address, folder, alpha, queries


def test_the_index_is_used(large):
    address, _, alpha, _ = large
    vector = search._text(alpha)
    statement = search._STATEMENT.format(which="number = 0", features=_FEATURES)
    told = {"queries": [vector], "without": [], "since": None, "kind": None, "limit": 10}
    with search._Searchers(address, 40) as searchers:
        plan = searchers.run(f"explain {statement}", told)
    assert any("Index Scan using squares_wholes" in line for (line,) in plan), plan


def test_a_metric_that_is_no_l1_distance_is_refused():
    for forensic in (Metric(np.array([1.0, -1.0])), Metric(np.ones(2), squared=True)):
        with pytest.raises(UserError, match="keep the library in a folder"):
            search.alpha(forensic)


def test_several_clients_add_the_same_at_once(address, model, tmp_path):
    cases = [
        write_case(tmp_path / "a", map(str, range(1, 13))),
        write_case(tmp_path / "b", map(str, range(12, 0, -1))),
        write_case(tmp_path / "c", map(str, range(7, 19))),
    ]
    errors = []

    def run(case):
        try:
            add(address, case, model)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert described(address)[:2] == [
        "18 documents with 18 figures and 36 panels",
        "19 different panels are compared, 19 of them are embedded",
    ]


def staged(folder, names, model):
    """A folder that is read, embedded and described, ready to be taken."""
    case = write_case(folder, names)
    with stores.writing(case) as store:
        build.add(store, _NOTHING, model)
    return case


def test_a_client_that_is_killed_leaves_nothing_half(address, model, tmp_path):
    add(address, write_case(tmp_path / "first", ["1"]), model)
    before = described(address)
    case = staged(tmp_path / "case", ["1", "2", "3"], model)
    done = subprocess.run([sys.executable, "-c", _KILLED, address, case], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert described(address) == before
    for _ in range(2):
        add(address, case, model)
        assert described(address)[:2] == [
            "3 documents with 3 figures and 6 panels",
            "4 different panels are compared, 4 of them are embedded",
        ]


def test_a_server_that_is_killed_loses_nothing_that_was_committed(
    postgres, address, model, tmp_path, monkeypatch
):
    add(address, write_case(tmp_path / "first", ["1"]), model)
    before = described(address)
    case = write_case(tmp_path / "case", ["2", "3"])
    suppress = intake._suppress

    def kill(*arguments):
        suppress(*arguments)
        postgres.kill()

    monkeypatch.setattr(intake, "_suppress", kill)
    with pytest.raises(UserError, match="run the same command again") as told:
        add(address, case, model)
    assert "\n" not in str(told.value)
    assert "run the same command again" in refused(address)
    monkeypatch.undo()
    postgres.start()
    assert described(address) == before
    add(address, case, model)
    assert described(address)[0] == "3 documents with 3 figures and 6 panels"


def test_other_versions_are_told(address, model, tmp_path, monkeypatch):
    case = write_case(tmp_path / "case", ["1"])
    assert "holds no library: add documents to it first" in refused(address)
    add(address, case, model)
    scripts = [*server._migrations(), "create table later (number integer)"]
    with monkeypatch.context() as patched:
        patched.setattr(server, "_migrations", lambda: scripts)
        assert "made by an older imgforensics: add documents" in refused(address)
        before = described_by_writing(address)
        assert described(address) == before
        with server.opened(address) as connection:
            assert connection.execute("select count(*) from later").fetchone() == (0,)
    for open_as in (libraries.reading, libraries.writing):
        assert "made by a newer imgforensics: update this one" in refused(address, open_as)


def described_by_writing(address):
    with libraries.writing(address) as library:
        return library.describe()[:3]


def test_a_migration_that_fails_changes_nothing(address, monkeypatch):
    with monkeypatch.context() as patched:
        scripts = ["create table settings (name text primary key, value text)", "select nonsense"]
        patched.setattr(server, "_migrations", lambda: scripts)
        assert "nonsense" in refused(address, libraries.writing)
    assert "holds no library" in refused(address)


@pytest.mark.parametrize(
    "name, told",
    [
        ("postgresql://reader:hush@127.0.0.1/db", "holds a password"),
        ("postgresql://127.0.0.1/db?password=hush&user=reader", "holds a password"),
        ("postgresql://[::1/hush", "address is none"),
        ("postgresql://h/db?nonsense=hush", "address is none"),
        ("postgresql://127.0.0.1:1/db", "Connection refused"),
        ("s3://bucket/library", "only local files"),
    ],
)
def test_addresses_that_lead_nowhere_are_one_line(name, told):
    line = refused(name)
    assert told in line and "hush" not in line


def test_wrong_credentials_are_one_line_without_them(postgres, monkeypatch):
    database = postgres.empty_database()
    postgres.run("create role careful login password 'sesame'")
    with postgres.rule("local all careful scram-sha-256"):
        monkeypatch.setenv("PGPASSWORD", "wrong-hush")
        line = refused(postgres.address(database, "careful"))
        assert "password authentication failed" in line and "hush" not in line
        monkeypatch.setenv("PGPASSWORD", "sesame")
        assert "holds no library" in refused(postgres.address(database, "careful"))
    postgres.run("drop role careful")


def given(reviewer="R. Viewer"):
    return Verdict("a" * 64, "b" * 64, "concern", reviewer, "", "2026-01-01T00:00:00Z", "0" * 64)


def test_each_role_may_do_its_own(postgres, model, tmp_path):
    database = postgres.empty_database()
    add(postgres.address(database), write_case(tmp_path / "first", ["1"]), model)
    for role in ("reader", "screener", "reviewer"):
        postgres.run(f"create role one_{role} login in role imgforensics_{role}")
    try:
        more = write_case(tmp_path / "more", ["2", "3", "4"])
        for role in ("reader", "screener", "reviewer"):
            address = postgres.address(database, f"one_{role}")
            assert described(address)
            if role == "screener":
                add(address, more, model)
            else:
                with pytest.raises(UserError, match="your role there may not do this"):
                    add(address, more, model)
            with libraries.reading(address) as library:
                queries = np.zeros((1, len(model.metric.alpha)), np.float32)
                library.nearest(model.metric, queries, False, 3, Filter(), lambda pairs: None)
            if role == "reviewer":
                with libraries.existing(address) as library:
                    assert library.judge([given()]) == 1
            else:
                with pytest.raises(UserError, match="your role there may not do this"):
                    with libraries.existing(address) as library:
                        library.judge([given("Somebody")])
        entered = postgres.run(
            "select reviewer, entered_by from imgforensics.verdicts", database=database
        )
        assert entered == [("R. Viewer", "one_reviewer")]
        assert described(postgres.address(database))[0].startswith("4 documents")
    finally:
        for role in ("reader", "screener", "reviewer"):
            postgres.run(f"drop role one_{role}")


@pytest.mark.parametrize("statement", ["update {} set note = ''", "delete from {}", "truncate {}"])
def test_verdicts_are_never_changed_even_by_the_owner(address, statement):
    with libraries.writing(address) as library:
        library.judge([given()])
        with pytest.raises(Exception, match="never changed or deleted"):
            library._run(statement.format("verdicts"))
        assert len(library.verdicts()) == 1
