"""One page for any browser that needs no network: what to judge, as data, and how to show it."""

import base64
import hashlib
import importlib.resources
import json

_FILES = importlib.resources.files("imgforensics.review")


def page(data: dict) -> str:
    """The page as HTML.

    It allows its own script only, and nothing from elsewhere: names and notes in the data stay
    text, whatever they hold.

    Args:
        data: what `page.js` says it takes; values that JSON takes.
    """
    script = _read("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "script": script,
        "style": _read("page.css"),
        "script_hash": f"sha256-{digest}",
        # "</script>" in a name would end the element; a surrogate of a name is no UTF-8.
        "data": json.dumps(data).replace("<", "\\u003c"),
    }
    html = _read("page.html")
    before, *rest = html.split("{{")
    return before + "".join(_filled(part, parts) for part in rest)


def _filled(part: str, parts: dict[str, str]) -> str:
    name, after = part.split("}}", 1)
    return parts[name] + after


def _read(name: str) -> str:
    return _FILES.joinpath(name).read_text(encoding="utf-8")
