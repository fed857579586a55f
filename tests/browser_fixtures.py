"""A real browser.

Besides what the lock names this needs Playwright (`.venv/bin/python -m pip install playwright`,
without its own browsers), and a Chromium on the PATH; without them its tests are skipped.
"""

import shutil

import pytest

_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_OWN = ("data:", "blob:", "file:", "http://127.0.0.1:")  # addresses that pages may ask


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def open_tab(browser):
    """Opens a tab in which nothing may go wrong, nor come from elsewhere.

    It takes what messages of the console may say all the same, and options of a context.
    """
    contexts, wrong = [], []

    def opened(expected=(), **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: wrong.append(error))
        tab.on("console", lambda one: any(text in one.text for text in expected)
               or wrong.append(one.text))  # fmt: skip
        tab.on("dialog", lambda dialog: wrong.append(dialog.message))
        tab.on("request", lambda one: one.url.startswith(_OWN) or wrong.append(one.url))
        return tab

    yield opened
    assert not wrong
    for context in contexts:
        context.close()
