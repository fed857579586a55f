"""The page of a case on this machine alone: it shows pictures, and takes verdicts."""

import http.server
import json
import pathlib
import re
import secrets
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus

from imgforensics.library import store as stores
from imgforensics.screening import verdicts
from imgforensics.screening.verdicts import Verdict
from imgforensics.utils.errors import UserError

HOST = "127.0.0.1"
_COOKIE = "imgforensics"
_MAX_BODY = 100_000  # bytes of a verdict
_HASH = "([0-9a-f]{64})"
# What is shown: its address, where its file is by what the address tells, and its kind.
_SHOWN = (
    (re.compile(f"/pictures/{_HASH}\\.png"), stores.picture_path, "image/png"),
    (re.compile(f"/figures/{_HASH}\\.jpg"), stores.figure_path, "image/jpeg"),
    (re.compile(f"/pages/{_HASH}-([1-9][0-9]{{,8}})\\.jpg"), stores.sheet_path, "image/jpeg"),
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server(http.server.ThreadingHTTPServer):
    """Answers one browser: whoever opens the link with the token first.

    Only requests to its own name and port are answered, so that a page from elsewhere cannot reach
    it by another name for this machine; and only with the cookie that the token was changed for.

    Attributes:
        link: what to open.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: pathlib.Path,
        page: Callable[[], str],
        weights: str,
        port: int = 0,
        share: Callable[[Verdict], object] | None = None,
    ):
        """Listens on a port.

        Args:
            folder: of the case.
            page: makes the page, as it is now.
            weights: hash of the model, which verdicts get.
            port: 0 takes a free one.
            share: takes each verdict that was kept, for others; None if it is only for this case.

        Raises:
            UserError: another process has that port.
        """
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise UserError(f"cannot listen on port {port}: {error.strerror}") from error
        self.folder, self.page, self.weights, self.share = folder, page, weights, share
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}
        self.token: str | None = secrets.token_urlsafe(32)
        self.cookie = secrets.token_urlsafe(32)
        self.link = f"http://{HOST}:{self.server_port}/?token={self.token}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "imgforensics", ""

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if self.headers.get("Host") not in self.server.names:
            return self._refuse(HTTPStatus.FORBIDDEN, "this is not the name of this server")
        token = urllib.parse.parse_qs(url.query).get("token")
        if token and self._takes(token[0]):
            return self._welcome()
        if not self._knows():
            return self._refuse(
                HTTPStatus.FORBIDDEN,
                "open the link that `imgforensics review` printed; it is used up once",
            )
        if url.path == "/":
            return self._send("text/html; charset=utf-8", self.server.page().encode())
        for address, path_of, kind in _SHOWN:
            if found := address.fullmatch(url.path):
                return self._file(path_of(self.server.folder, *found.groups()), kind)
        return self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self):
        name = self.headers.get("Host")
        if name not in self.server.names or not self._knows():
            return self._refuse(HTTPStatus.FORBIDDEN, "this is not for you")
        if self.headers.get("Origin") != f"http://{name}":
            return self._refuse(HTTPStatus.FORBIDDEN, "this came from another page")
        if self.path != "/verdicts":
            return self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self._refuse(HTTPStatus.LENGTH_REQUIRED, "its length is missing")
        if not 0 <= length <= _MAX_BODY:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this is too long")
        try:
            answer = self._keep(json.loads(self.rfile.read(length)))
        except UserError as error:
            return self._refuse(HTTPStatus.CONFLICT, str(error))
        except (KeyError, TypeError, ValueError):
            return self._refuse(HTTPStatus.BAD_REQUEST, "this is no verdict")
        return self._send("application/json", json.dumps(answer).encode())

    def _keep(self, told: dict) -> dict[str, str]:
        """Adds a verdict to the case; the time and the weights are the server's.

        It is kept, too, where it can't be shared: the next review shares it. `warning` says so.
        """
        given = verdicts.verdict(
            (told["first"], told["second"]), told["verdict"], told["reviewer"], told["note"],
            self.server.weights,
        )  # fmt: skip
        with stores.existing(self.server.folder) as store:
            verdicts.add(store, [given])
        try:
            if self.server.share is not None:
                self.server.share(given)
        except UserError as error:
            return given._asdict() | {"warning": f"saved in the case, but not shared: {error}"}
        return given._asdict()

    def _takes(self, token: str) -> bool:
        """Whether this is the token, which then is used up."""
        expected = self.server.token
        if expected is None or not secrets.compare_digest(token.encode(), expected.encode()):
            return False
        self.server.token = None
        return True

    def _knows(self) -> bool:
        """Whether the browser has the cookie."""
        mine = f"{_COOKIE}={self.server.cookie}".encode()
        cookies = self.headers.get("Cookie", "").encode().split(b"; ")
        return any(secrets.compare_digest(each, mine) for each in cookies)

    def _welcome(self) -> None:
        """Gives the cookie, and leads to the page without the token in its address."""
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header(
            "Set-Cookie", f"{_COOKIE}={self.server.cookie}; HttpOnly; SameSite=Strict; Path=/"
        )
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, path: pathlib.Path, kind: str) -> None:
        try:
            body = path.read_bytes()
        except OSError:
            return self._refuse(HTTPStatus.NOT_FOUND, "there is no such picture")
        # Its name is the hash of its content, or of that of its document.
        return self._send(kind, body, cache="private, max-age=86400, immutable")

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send("application/json", json.dumps({"error": why}).encode(), status)

    def _send(self, kind, body, status=HTTPStatus.OK, cache="no-store") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", cache)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        """Says nothing: a review is no one else's business."""
