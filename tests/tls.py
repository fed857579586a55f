"""PostgreSQL over TLS: a certificate, and a proxy that takes TLS off before a server without it."""

import asyncio
import contextlib
import shutil
import ssl
import struct
import subprocess
import threading

import pytest

_ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)  # the first message of a client that wants it


def certificate(folder, name):
    """A self-signed certificate of localhost; its key lies beside it, as NAME.key."""
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl, to make certificates")
    key, made = folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o600)
    return made


@contextlib.contextmanager
def proxy(certificate, path):
    """Serves TLS on a port of localhost, as the proxies of managed servers do.

    Clients that don't ask for TLS are turned away.

    Args:
        certificate: file, as of `certificate`.
        path: of the server's socket.

    Yields:
        The port, and a list that grows by the version of TLS of each client.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    loop, seen = asyncio.new_event_loop(), []

    async def serve(reader, writer):
        with contextlib.closing(writer), contextlib.suppress(OSError, EOFError):
            if await reader.readexactly(len(_ASKS_FOR_TLS)) != _ASKS_FOR_TLS:
                return
            writer.write(b"S")
            await writer.start_tls(context)
            seen.append(writer.get_extra_info("ssl_object").version())
            from_server, to_server = await asyncio.open_unix_connection(path)
            with contextlib.closing(to_server):
                await asyncio.gather(_pump(reader, to_server), _pump(from_server, writer))

    server = loop.run_until_complete(asyncio.start_server(serve, "localhost", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_ended())
        loop.close()


async def _pump(reader, writer):
    """Passes on what comes, until one side ends."""
    while some := await reader.read(2**16):
        writer.write(some)
        await writer.drain()
    writer.close()


async def _ended():
    """Ends the connections that clients have left open."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
