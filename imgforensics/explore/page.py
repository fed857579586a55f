"""A page for any browser, in one file, that needs no network."""

import base64
import importlib.resources
import io
import json
import os

import numpy as np

from imgforensics.explore import plane, sprite
from imgforensics.explore.gallery import Gallery
from imgforensics.utils import atomic

_QUALITY = 85  # of the thumbnails' JPEG


def write(gallery: Gallery, title: str, path: str | os.PathLike) -> None:
    """Writes the page: thumbnails in the plane, and the nearest neighbours of the one chosen.

    Neighbours are by f, which the page computes from the embeddings in it.

    Args:
        gallery: what to show.
        title: of the page, plain text.
        path: of the HTML file; an existing one is replaced.

    Raises:
        UserError: it can't be written.
    """
    with atomic.writing(path) as file:
        file.write(html(gallery, title))


def html(gallery: Gallery, title: str) -> str:
    """The page's text; its data are the JSON in the element with the id `data`.

    float32 numbers are in base64, little-endian and row by row: `positions` [N, 2] in the plane,
    `embeddings` [N, D] and `alpha` [D]; with `offset` and `squared` f is what
    `models.metric.distance` says. `shares` are of the variance along the two axes. Thumbnails are
    on `sheet`, a data URI, each of `side` pixels, `columns` in a row.
    """
    images, forensic = gallery.images, gallery.forensic
    positions, shares = plane.principal(gallery.embeddings)
    picture, side, columns = sprite.sheet(images.pixels)
    jpeg = io.BytesIO()
    picture.save(jpeg, format="JPEG", quality=_QUALITY)
    data = {
        "title": title,
        "names": images.names.tolist(),
        "classes": images.classes.tolist(),
        "sources": images.sources.tolist(),
        "positions": _floats(positions),
        "shares": shares.tolist(),
        "embeddings": _floats(gallery.embeddings),
        "alpha": _floats(forensic.alpha),
        "offset": 0.0 if forensic.offset is None else float(forensic.offset),
        "squared": forensic.squared,
        "side": side,
        "columns": columns,
        "sheet": "data:image/jpeg;base64," + base64.b64encode(jpeg.getvalue()).decode(),
    }
    # Names may hold anything, and "</script>" would end the element.
    text = json.dumps(data).replace("<", "\\u003c")
    template = importlib.resources.files("imgforensics.explore").joinpath("page.html")
    return template.read_text(encoding="utf-8").replace("{{data}}", text, 1)


def _floats(values):
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()
