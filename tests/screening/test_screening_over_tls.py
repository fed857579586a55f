"""A library over TLS, from its first document to the rows of a case."""

import pathlib
import tempfile

import pytest
import tls
from tissues import copy_of, save, tissue

from imgforensics import main
from imgforensics.screening import looks

psycopg = pytest.importorskip("psycopg", reason="needs the extra [postgres]")


@pytest.fixture
def encrypted(postgres):
    """A database behind TLS.

    Returns:
        Its address there, with settings to be filled in, and beside the proxy; a certificate to
        trust, and another one; the versions of TLS of those who have come.
    """
    database = postgres.empty_database()
    beside = postgres.address(database)
    told = psycopg.conninfo.conninfo_to_dict(beside)
    path = pathlib.Path(told["host"], f".s.PGSQL.{told.get('port', 5432)}")
    with tempfile.TemporaryDirectory() as folder:
        own, other = (tls.certificate(pathlib.Path(folder), name) for name in ("own", "other"))
        with tls.proxy(own, path) as (port, seen):
            address = f"postgresql://postgres@localhost:{port}/{database}?sslmode=%s&sslrootcert=%s"
            yield address, beside, own, other, seen


def test_a_library_is_filled_and_searched_over_tls(
    encrypted, documents, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(looks, "_MORE", 4)
    address, beside, own, other, seen = encrypted
    trusted = address % ("verify-full", own)
    archive = [str(documents / name) for name in ("0.png", "3.png", "paper.pdf")]
    main.main(["library", "add", trusted, *archive])
    assert "3 documents with 3 figures and 4 panels" in capsys.readouterr().out
    main.main(["library", "status", trusted])
    assert "3 documents with 3 figures and 4 panels" in capsys.readouterr().out
    assert len(seen) > 1 and all(version.startswith("TLS") for version in seen)

    new = save(tmp_path / "new" / "figure.png", copy_of(tissue(3)))

    def screened(case, library):
        seen.clear()
        main.main(["screen", str(new), f"--case={tmp_path}/{case}", f"--library={library}"])
        return (tmp_path / case / "rows.csv").read_bytes()

    rows = screened("over", trusted)
    assert seen and str(documents / "3.png").encode() in rows.splitlines()[1]
    assert screened("beside", beside) == rows and not seen

    for settings, reason in (
        (("verify-full", other), "certificate verify failed"),
        (("disable", own), "server closed the connection unexpectedly"),
    ):
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main.main(["library", "status", address % settings])
        assert reason in (line := capsys.readouterr().err) and line.count("\n") == 1
