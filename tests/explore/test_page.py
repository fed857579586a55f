import base64
import html.parser
import io
import json

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from imgforensics.explore import page, plane
from imgforensics.models import metric
from imgforensics.models.metric import Metric


class Scripts(html.parser.HTMLParser):
    """The text of the script elements of a page, by their id, and all addresses it refers to."""

    def __init__(self, text):
        super().__init__()
        self.found, self.addresses, self.current = {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.addresses += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "script":
            self.current = attributes.get("id")

    def handle_data(self, text):
        if self.current:
            self.found[self.current] = self.found.get(self.current, "") + text

    def handle_endtag(self, tag):
        if tag == "script":
            self.current = None


def data_of(text):
    return json.loads(Scripts(text).found["data"])


def floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def f_by(data):
    """f of all pairs by what the page says that f is."""
    alpha = floats(data["alpha"]).astype(float)
    embeddings = floats(data["embeddings"]).reshape(len(data["names"]), -1).astype(float)
    difference = np.abs(embeddings[:, None] - embeddings)
    return (difference**2 if data["squared"] else difference) @ alpha + data["offset"]


@pytest.mark.parametrize(
    "forensic",
    [
        Metric(jnp.array([0.5, -0.25, 1, 2, 0])),
        Metric(jnp.array([0.5, -0.25, 1, 2, 0]), offset=jnp.float32(-0.75)),
        Metric(jnp.full(5, 1 / 3), squared=True),
    ],
)
def test_f_in_the_page_is_the_models(make, forensic):
    gallery = make(forensic=forensic)
    found = f_by(data_of(page.html(gallery, "title")))
    expected = metric.distance(forensic, gallery.embeddings[:, None], gallery.embeddings)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_page_has_all_that_it_shows(make):
    gallery = make()
    data = data_of(page.html(gallery, 'A "title" </script>'))
    assert data["title"] == 'A "title" </script>'
    for key in ("names", "classes", "sources"):
        assert data[key] == getattr(gallery.images, key).tolist()
    coordinates, shares = plane.principal(gallery.embeddings)
    np.testing.assert_allclose(floats(data["positions"]).reshape(-1, 2), coordinates, rtol=1e-6)
    assert data["shares"] == shares.tolist()
    kind, sheet = data["sheet"].split(",")
    levels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet)))).astype(int)
    assert kind == "data:image/jpeg;base64" and (data["side"], data["columns"]) == (32, 4)
    tile = levels[32:64, 64:96]  # the seventh
    assert np.abs(tile - gallery.images.pixels[6]).mean() < 25  # of noise, after JPEG
    assert np.corrcoef(tile.ravel(), gallery.images.pixels[6].ravel())[0, 1] > 0.9


def test_the_page_needs_no_network(make):
    text = page.html(make(), "title")
    assert Scripts(text).addresses == ["data:,"]
    without = text.replace(Scripts(text).found["data"], "")
    assert "http" not in without and "@import" not in without and "url(" not in without


def test_an_existing_page_is_replaced(make, tmp_path):
    path = tmp_path / "new" / "explorer.html"
    page.write(make(3), "one", path)
    page.write(make(4), "two", path)
    assert len(data_of(path.read_text(encoding="utf-8"))["names"]) == 4
    assert [file.name for file in path.parent.iterdir()] == ["explorer.html"]
