"""The server of a review: who is answered, with what, and what becomes of verdicts."""

import http.client
import json
import re
import threading
import urllib.parse

import pytest

from imgforensics.library import store as stores
from imgforensics.review import case as cases
from imgforensics.review.server import Server
from imgforensics.screening import verdicts
from imgforensics.utils.errors import UserError


@pytest.fixture
def server(case):
    """A server of the case, in a thread."""
    weights = cases.read(case).manifest.model
    with Server(case, lambda: cases.live(cases.read(case)), weights) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def ask(server, path, method="GET", body=None, **headers):
    """The status, the headers and the content of an answer; _ in a name is - in the header's."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), content


def enter(server):
    """The cookie that the link gives."""
    url = urllib.parse.urlsplit(server.link)
    status, headers, _ = ask(server, f"{url.path}?{url.query}")
    assert (status, headers["Location"]) == (303, "/")
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
    return headers["Set-Cookie"].split(";")[0]


def rows_of(page):
    """The rows in a page."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page).group(1)
    return json.loads(text)["rows"]


def test_only_who_has_the_link_is_answered(server):
    assert ask(server, "/")[0] == 403
    assert ask(server, "/?token=guessed")[0] == 403
    cookie = enter(server)
    status, headers, content = ask(server, "/", Cookie=cookie)
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert len(rows_of(content.decode())) == 2
    assert ask(server, "/", Cookie="imgforensics=guessed")[0] == 403


def test_the_token_is_used_up_once(server):
    enter(server)
    assert ask(server, server.link.split(str(server.server_port))[1])[0] == 403


def test_another_name_for_this_machine_is_refused(server):
    cookie = enter(server)
    name = f"evil.example:{server.server_port}"
    assert ask(server, "/", Cookie=cookie, Host=name)[0] == 403
    assert ask(server, "/", Cookie=cookie, Host=f"localhost:{server.server_port}")[0] == 200


def test_pictures_are_found_by_their_hashes_alone(server, case):
    cookie = enter(server)
    digest = next((case / "pictures").glob("*/*.png")).stem
    status, headers, content = ask(server, f"/pictures/{digest}.png", Cookie=cookie)
    assert (status, headers["Content-Type"]) == (200, "image/png") and content[1:4] == b"PNG"
    assert ask(server, f"/pictures/{digest}.png")[0] == 403
    page = next((case / "pages").glob("*/*.jpg"))
    status, headers, content = ask(server, f"/pages/{page.name}", Cookie=cookie)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert content == page.read_bytes()
    for path in (
        "/catalogue.sqlite", "/pictures/../catalogue.sqlite", "/pictures/%2e%2e/catalogue.sqlite",
        f"/pictures/{'0' * 64}.png", f"/figures/{digest}.png", f"/pictures/{digest}.jpg",
        f"//pictures/{digest}.png/../../manifest.json", f"/pages/{digest}-1.jpg",
        f"/pages/{page.stem}/../1.jpg", "/pages/" + page.name.replace("-1", "-0"),
    ):  # fmt: skip
        assert ask(server, path, Cookie=cookie)[0] == 404, path


def judge(server, cookie, **changes):
    """Sends a verdict on the first verified pair."""
    row = rows_of(ask(server, "/", Cookie=cookie)[2].decode())[1]
    told = {
        "first": row["first"], "second": row["second"], "verdict": "concern",
        "reviewer": "Ada", "note": "<b>look</b>",
    } | changes  # fmt: skip
    origin = f"http://127.0.0.1:{server.server_port}"
    return ask(server, "/verdicts", "POST", json.dumps(told), Cookie=cookie, Origin=origin)


def test_verdicts_are_kept_at_once(server, case):
    cookie = enter(server)
    status, _, content = judge(server, cookie)
    assert status == 200 and json.loads(content)["verdict"] == "concern"
    with stores.reading(case) as store:
        (kept,) = verdicts.all_of(store.catalogue)
    assert (kept.reviewer, kept.note, kept.weights) == ("Ada", "<b>look</b>", server.weights)
    row = rows_of(ask(server, "/", Cookie=cookie)[2].decode())[1]
    assert row["verdict"]["verdict"] == "concern"
    assert judge(server, cookie, verdict="acceptable")[0] == 200
    rows = rows_of(ask(server, "/", Cookie=cookie)[2].decode())
    assert [row["suppressed"] for row in rows] == [False, True]


def test_verdicts_are_shared_and_kept_where_that_fails(server, case):
    cookie, shared = enter(server), []
    server.share = shared.append
    told = json.loads(judge(server, cookie)[2])
    assert shared == [verdicts.Verdict(**told)]

    def fail(verdict):
        raise UserError("the library is away")

    server.share = fail
    status, _, content = judge(server, cookie, verdict="unsure")
    assert status == 200 and "not shared: the library is away" in json.loads(content)["warning"]
    with stores.reading(case) as store:
        assert [each.verdict for each in verdicts.all_of(store.catalogue)] == ["concern", "unsure"]


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "null \0 character"}, {"note": "half \ud800"},
        {"verdict": "guilty"}, {"reviewer": "  "}, {"first": "x"}, {"note": 3},
        {"note": "x" * 20_000},
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_refused(server, case, changes):
    status, _, content = judge(server, enter(server), **changes)
    assert status in (400, 409) and json.loads(content)["error"]
    with stores.reading(case) as store:
        assert not verdicts.all_of(store.catalogue)


def test_verdicts_from_other_pages_are_refused(server):
    cookie = enter(server)
    for origin in (None, "http://evil.example", "null"):
        assert ask(server, "/verdicts", "POST", "{}", Cookie=cookie, Origin=origin)[0] == 403
    origin = f"http://127.0.0.1:{server.server_port}"
    assert ask(server, "/verdicts", "POST", "{}", Origin=origin)[0] == 403
    assert ask(server, "/verdicts", "POST", "[1", Cookie=cookie, Origin=origin)[0] == 400
    huge = {"Content_Length": "1000000000"}
    assert ask(server, "/verdicts", "POST", "", Cookie=cookie, Origin=origin, **huge)[0] == 413


def test_a_verdict_waits_for_a_screening_to_end(server, case):
    cookie = enter(server)
    with stores.existing(case):
        status, _, content = judge(server, cookie)
    assert status == 409 and "another process is working on" in json.loads(content)["error"]
    assert judge(server, cookie)[0] == 200


def test_a_port_in_use(server, case):
    with pytest.raises(UserError, match="cannot listen on port"):
        Server(case, str, "", port=server.server_port)
