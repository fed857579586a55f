"""The page in a real browser: see tests/browser_fixtures.py."""

import io

import numpy as np
import pytest
from PIL import Image

from imgforensics.explore import page
from imgforensics.models import metric

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(open_tab, make, tmp_path):
    """The page of 40 images, without a network; a touch screen as well."""
    gallery = make(40)
    page.write(gallery, "Forty <b>images</b>", tmp_path / "explorer.html")
    size = {"width": 1100, "height": 700}
    tab = open_tab(viewport=size, offline=True, has_touch=True)
    tab.goto((tmp_path / "explorer.html").as_uri())
    tab.wait_for_function("document.getElementById('map').width > 300")
    return gallery, tab


def expected(gallery, number):
    """The other images in the order of the model's f, and that f."""
    all_of_them = gallery.embeddings
    f = np.asarray(metric.distance(gallery.forensic, all_of_them[number], all_of_them))
    order = [other for other in np.argsort(f, kind="stable") if other != number]
    return order, f[order]


def listed(tab):
    """The numbers and f of the neighbours shown."""
    entries = tab.locator("#neighbours button").evaluate_all(
        "all => all.map(one => [+one.dataset.index, +one.dataset.f])"
    )
    return [number for number, _ in entries], [f for _, f in entries]


def place(tab, number):
    """Where the middle of an image is in the window."""
    x, y = tab.evaluate(f"explorer.place({number})")
    box = tab.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def chosen(gallery, tab):
    """The number of the chosen image, by its name."""
    return gallery.images.names.tolist().index(tab.locator("#name").text_content())


def test_a_click_shows_the_nearest_by_the_models_f(opened):
    gallery, tab = opened
    assert tab.title() == tab.locator("h1").text_content() == "Forty <b>images</b>"
    assert tab.locator("#help").is_visible()
    tab.mouse.click(*place(tab, 39))  # the topmost
    assert chosen(gallery, tab) == 39 and not tab.locator("#help").is_visible()
    order, f = expected(gallery, 39)
    numbers, values = listed(tab)
    assert numbers == order[:30]
    np.testing.assert_allclose(values, f[:30], rtol=1e-5, atol=1e-5)
    first = tab.locator("#neighbours li").first
    shown = first.locator(".f").text_content().removeprefix("f ").replace("−", "-")
    assert float(shown) == pytest.approx(f[0], abs=6e-4)
    assert first.locator(".what").text_content() == gallery.images.classes[order[0]]
    assert first.locator(".file").text_content() == gallery.images.names[order[0]]
    assert tab.locator("#count").text_content().startswith(f"{(f <= 1).sum()} of 39 ")
    everything = tab.evaluate("Array.from(explorer.distances(39))")
    np.testing.assert_allclose(np.array(everything)[order], f, rtol=1e-5, atol=1e-5)


def test_other_sources_only(opened):
    gallery, tab = opened
    tab.evaluate("explorer.choose(4)")
    order, _ = expected(gallery, 4)
    tab.locator("#others").check()
    assert listed(tab)[0] == [one for one in order if one != 5][:30]  # 4 and 5 are of one source
    tab.locator("#others").uncheck()
    assert listed(tab)[0] == order[:30]


def test_neighbours_can_be_followed_by_keys_alone(opened):
    gallery, tab = opened
    tab.locator("#map").focus()
    tab.keyboard.press("Enter")
    start = chosen(gallery, tab)
    tab.locator("#neighbours button").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert chosen(gallery, tab) == expected(gallery, start)[0][1]
    tab.locator("#map").focus()
    tab.keyboard.press("Escape")
    assert tab.locator("#help").is_visible()


def test_dragging_wheel_and_keys_move_the_map(opened):
    _, tab = opened
    at = np.array(place(tab, 7))
    tab.mouse.move(300, 300)
    tab.mouse.down()
    tab.mouse.move(350, 280, steps=5)
    tab.mouse.up()
    np.testing.assert_allclose(place(tab, 7), at + (50, -20), atol=1)
    assert tab.locator("#help").is_visible()  # a drag chooses nothing
    at = np.array(place(tab, 7))
    tab.mouse.move(*at)
    tab.mouse.wheel(0, -200)
    np.testing.assert_allclose(place(tab, 7), at, atol=1)  # it grows around the pointer
    apart = np.subtract(place(tab, 8), at)
    tab.locator("#map").focus()
    tab.keyboard.press("ArrowRight")
    np.testing.assert_allclose(place(tab, 7), at - (60, 0), atol=1)
    tab.keyboard.press("-")
    closer = np.subtract(place(tab, 8), place(tab, 7))
    np.testing.assert_allclose(closer, apart / 1.35, atol=1)
    tab.keyboard.press("0")
    inside = tab.locator("#map").bounding_box()
    points = np.array([place(tab, number) for number in range(40)])
    low = np.array([inside["x"], inside["y"]])
    assert (points > low).all() and (points < low + (inside["width"], inside["height"])).all()


def test_fingers_choose_and_zoom(opened):
    gallery, tab = opened
    tab.touchscreen.tap(*place(tab, 39))
    assert chosen(gallery, tab) == 39
    before = np.subtract(place(tab, 1), place(tab, 2))
    send = tab.context.new_cdp_session(tab).send
    middle = np.array((350.0, 350.0))

    def touch(kind, apart):
        points = [
            {"x": float(x), "y": float(y), "id": number}
            for number, (x, y) in enumerate((middle - (apart, 0), middle + (apart, 0)))
        ]
        ended = kind == "touchEnd"
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if ended else points})

    touch("touchStart", 50)
    for apart in (60, 80, 100):
        touch("touchMove", apart)
    touch("touchEnd", 100)
    after = np.subtract(place(tab, 1), place(tab, 2))
    np.testing.assert_allclose(after, 2 * before, rtol=0.02, atol=1)
    assert chosen(gallery, tab) == 39


def test_finding(opened):
    gallery, tab = opened
    tab.keyboard.press("/")
    tab.keyboard.type("CLASS 2")
    assert tab.locator("#found").text_content() == "13 of 40"
    tab.keyboard.press("Enter")
    assert chosen(gallery, tab) == 2
    tab.keyboard.press("Escape")
    assert tab.locator("#found").text_content() == ""


def test_the_map_is_drawn_on_a_small_screen_too(opened):
    _, tab = opened
    for width in (1100, 380):
        tab.set_viewport_size({"width": width, "height": 700})
        tab.wait_for_timeout(200)
        with Image.open(io.BytesIO(tab.locator("#map").screenshot())) as picture:
            levels = np.asarray(picture.convert("L"))
        # Thumbnails of noise on an even ground.
        assert 0.02 < (levels < 200).mean() < 0.9 and (levels > 240).mean() > 0.1
    panel, box = (tab.locator(name).bounding_box() for name in ("aside", "#map"))
    assert panel["y"] >= box["y"] + box["height"] - 1 and box["height"] > 200
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
