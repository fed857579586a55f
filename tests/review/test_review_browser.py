"""The review and the report in a real browser: see tests/browser_fixtures.py."""

import json
import threading
import time

import numpy as np
import pytest

from imgforensics.library import store as stores
from imgforensics.main import main
from imgforensics.review import case as cases
from imgforensics.review.server import Server
from imgforensics.screening import verdicts

pytestmark = pytest.mark.slow


@pytest.fixture
def tab(open_tab):
    # A browser notes every refusal of a server by itself.
    size = {"width": 1200, "height": 800}
    return open_tab(expected=["status of 409"], viewport=size, accept_downloads=True)


@pytest.fixture
def serve():
    """Serves a case, and gives the link."""
    serving = []

    def started(folder):
        weights = cases.read(folder).manifest.model
        server = Server(folder, lambda: cases.live(cases.read(folder)), weights)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        serving.append((server, thread))
        return server.link

    yield started
    for server, thread in serving:
        server.shutdown()
        server.server_close()
        thread.join()


def kept(folder):
    """The verdicts in a case."""
    with stores.reading(folder) as store:
        return verdicts.all_of(store.catalogue)


def wait_for(what):
    """Until it holds, for some seconds."""
    end = time.monotonic() + 5
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def press(tab, keys):
    for key in keys:
        tab.keyboard.press(key)


def test_a_review_by_keys_alone(tab, serve, case):
    tab.goto(serve(case))
    assert "token" not in tab.url
    assert tab.locator("#progress").text_content() == "0 of 2 judged"
    press(tab, "jj")
    heading = tab.locator("#pane h2").text_content()
    assert heading.startswith("2. ") and "<script>" not in tab.locator("#pane h2").inner_html()
    press(tab, "1")  # without a name
    assert tab.locator("#message").is_visible() and not kept(case)
    tab.keyboard.type("Ada")
    press(tab, ["Escape", "n"])
    tab.keyboard.type("the left half; 4 j b")
    press(tab, ["Escape", "1"])
    wait_for(lambda: len(kept(case)) == 1)
    (given,) = kept(case)
    assert (given.verdict, given.reviewer, given.note) == ("concern", "Ada", "the left half; 4 j b")
    tab.wait_for_function("document.querySelector('#progress').textContent == '1 of 2 judged'")
    press(tab, "k4")
    wait_for(lambda: len(kept(case)) == 2)
    assert kept(case)[1].verdict == "unsure"
    tab.reload()
    assert tab.locator("#progress").text_content() == "2 of 2 judged"
    assert tab.locator("#reviewer").input_value() == "Ada"
    press(tab, "jj")
    assert tab.locator("#note").input_value() == "the left half; 4 j b"
    assert tab.locator(".judge button[aria-pressed=true]").text_content() == "1 concern"


def test_a_note_that_comes_later_is_kept(tab, serve, case):
    tab.goto(serve(case))
    tab.locator("#reviewer").fill("Ada")
    tab.locator("#reviewer").blur()
    press(tab, "j2k")
    # Once the answer is there, the page moves on: what is typed before that is for another row.
    wait_for(lambda: tab.locator("#progress").text_content() == "1 of 2 judged")
    press(tab, ["k", "n"])
    tab.keyboard.type("later")
    press(tab, ["Escape"])
    wait_for(lambda: len(kept(case)) == 2)
    assert [(each.verdict, each.note) for each in kept(case)] == [
        ("acceptable", ""), ("acceptable", "later"),
    ]  # fmt: skip


def test_one_image_lies_on_the_other(tab, serve, case):
    """Where a pixel of B is shown in the overlay is where the matrix takes it."""
    tab.goto(serve(case))
    press(tab, "jjo")
    row = cases.read(case).entries[1]
    middle = """(place) => {
        const image = document.querySelector('.second img').getBoundingClientRect();
        const view = document.querySelector('.view').getBoundingClientRect();
        return [image.left - view.left, image.top - view.top, view.width / 80];
    }"""
    left, top, scale = tab.evaluate(middle)
    (a, b, c), (d, e, f), _ = row["matrix"]
    corners = [(a * x + b * y + c + 0.5, d * x + e * y + f + 0.5)
               for x in (-0.5, 79.5) for y in (-0.5, 79.5)]  # fmt: skip
    assert left / scale == pytest.approx(min(x for x, _ in corners), abs=0.1)
    assert top / scale == pytest.approx(min(y for _, y in corners), abs=0.1)
    for key, name in (("b", ".blinking"), ("d", ".difference"), ("s", "input[type=range]")):
        press(tab, key)
        assert tab.locator(f"#pane {name}").count() == 1
    press(tab, "s")
    assert tab.locator(".view").count() == 2  # side by side again


def test_the_region_on_its_figure_and_on_its_page(tab, serve, case):
    """Where the outline of the region is shown, and the page's picture around it."""
    tab.goto(serve(case))
    press(tab, "jjp")
    assert tab.locator("#stage .sheet").count() == 2
    side = next(each for each in (cases.read(case).entries[1][x] for x in "ab") if each["sheet"])
    letter = "a" if side == cases.read(case).entries[1]["a"] else "b"
    where = """(selector) => {
        const sheet = document.querySelector(selector);
        const at = (one) => {
            const outer = sheet.getBoundingClientRect(), inner = one.getBoundingClientRect();
            return [(inner.left - outer.left) / outer.width, (inner.top - outer.top) / outer.height,
                    inner.width / outer.width, inner.height / outer.height];
        };
        return {region: at(sheet.querySelector("polygon")),
                aspect: sheet.clientWidth / sheet.clientHeight};
    }"""
    tab.wait_for_function(f"document.querySelector('#stage .{letter} img').naturalWidth == 100")
    seen = tab.evaluate(where, f"#stage .{letter} .sheet")
    assert seen["aspect"] == pytest.approx(0.5, abs=0.02)
    corners = np.array(side["corners"]) / 80
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    left, top, right, bottom = side["figure"]
    page = [left + (right - left) * low[0], top + (bottom - top) * low[1],
            (right - left) * size[0], (bottom - top) * size[1]]  # fmt: skip
    assert seen["region"] == pytest.approx(page, abs=0.02)
    press(tab, "f")
    seen = tab.evaluate(where, f"#stage .{letter} .sheet")
    assert seen["region"] == pytest.approx([*low, *size], abs=0.02)
    assert seen["aspect"] == pytest.approx(1, abs=0.02)


def test_filters(tab, serve, case):
    tab.goto(serve(case))
    tab.locator("#status").select_option("verified")
    assert tab.locator("#count").text_content() == "1 of 2 pairs"
    tab.locator("#status").select_option("")
    tab.locator("#search").fill("the same AGAIN")
    assert tab.locator("#count").text_content() == "1 of 2 pairs"
    tab.locator("#search").fill("")
    tab.locator("#judged").select_option("concern")
    assert tab.locator(".row").count() == 0


def test_a_group_is_shown_by_its_first_pair(tab, serve, write_case, tmp_path):
    write_case(tmp_path / "four", pictures=4)  # six pairs of one group, and a doubled file
    tab.goto(serve(tmp_path / "four"))
    assert tab.locator("#count").text_content() == "7 of 7 pairs"
    tab.locator("#judged").select_option("groups")
    assert tab.locator("#count").text_content() == "2 of 7 pairs"
    tab.locator("#judged").blur()
    press(tab, "jj")
    assert "one of 6 pairs of its group" in tab.locator("#pane").text_content()


def test_a_report_keeps_its_verdicts_and_gives_them(tab, case, tmp_path, capsys):
    path = tmp_path / "report.html"
    path.write_text(cases.report(cases.read(case)), encoding="utf-8")
    tab.goto(path.as_uri())
    tab.locator("#reviewer").fill("Bo")
    tab.locator("#reviewer").blur()
    press(tab, "jj3")
    tab.reload()
    assert tab.locator("#progress").text_content() == "1 of 2 judged"
    with tab.expect_download() as download:
        tab.locator("#download").click()
    download.value.save_as(tmp_path / "verdicts.json")
    assert len(json.loads((tmp_path / "verdicts.json").read_text())["verdicts"]) == 1
    main(["verdicts", "import", str(case), str(tmp_path / "verdicts.json")])
    assert [(each.verdict, each.reviewer) for each in kept(case)] == [("not the same", "Bo")]


def test_a_thousand_rows_are_fluent(tab, serve, write_case, tmp_path):
    write_case(tmp_path / "large", pictures=46)
    tab.goto(serve(tmp_path / "large"))
    assert tab.locator("#count").text_content() == "1036 of 1036 pairs"
    assert tab.locator(".row").count() < 40
    press(tab, "j")
    start = time.monotonic()
    press(tab, "j" * 50)
    each = (time.monotonic() - start) / 50
    assert tab.locator("#pane h2").text_content().startswith("51. ")
    assert each < 0.2  # seconds, also on a machine that does other things; some 0.02 on a quiet one
    tab.locator("#list").evaluate("list => { list.scrollTop = 1e9; }")
    tab.wait_for_function("[...document.querySelectorAll('.row')].some("
                          "row => row.textContent.startsWith('1036. '))")  # fmt: skip


def test_a_server_that_ended_loses_nothing_silently(tab, case):
    weights = cases.read(case).manifest.model
    server = Server(case, lambda: cases.live(cases.read(case)), weights)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    tab.goto(server.link)
    tab.locator("#reviewer").fill("Ada")
    tab.locator("#reviewer").blur()
    press(tab, "j")
    with stores.existing(case):  # a screening holds the case
        press(tab, "1")
        tab.wait_for_selector("#message:visible")
    assert "not saved" in tab.locator("#message").text_content()
    assert tab.locator("#progress").text_content() == "0 of 2 judged"
    press(tab, "1")
    wait_for(lambda: len(kept(case)) == 1)
    assert not tab.locator("#message").is_visible()
    server.shutdown()
    server.server_close()
    thread.join()
