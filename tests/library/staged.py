"""Cases that are written as reading documents would, without any to read."""

import os

import numpy as np

from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.panels import furniture


def pixels(seed, side=48):
    """uint8 [side, side], of noise in blocks, so that nothing is blank."""
    blocks = np.random.RandomState(seed).randint(0, 256, (side // 6, side // 6), np.uint8)
    return np.kron(blocks, np.ones((6, 6), np.uint8))


def document(store, name, panels, kind="micrograph", box=(0, 0, 1, 1), page=1):
    """A file whose one figure has pictures side by side, each given by its seed."""
    side = len(pixels(0))
    figure = np.concatenate([pixels(seed) for seed in panels], axis=1)
    digest = f"{name:0>64}"
    stores.keep_figure(store, stores.jpeg(figure), digest)
    stores.keep_sheet(store, digest, page, f"a page of {name}".encode())
    insert = store.catalogue.execute
    with transaction(store.catalogue):
        file = insert(
            "insert into files (sha256, pages, problem, unread) values (?, 1, null, '[]')",
            (digest,),
        ).lastrowid
        insert("insert into paths values (?, ?, 0)", (os.fsencode(f"in/{name}.pdf"), file))
        number = insert(
            "insert into figures (file, page, number, x0, y0, x1, y1, width, height, pixels_sha256)"
            " values (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
            (file, page, *box, *figure.shape[::-1], digest),
        ).lastrowid
        for place, seed in enumerate(panels):
            picture = stores.keep_picture(store, pixels(seed))
            insert(
                "insert or ignore into pictures (sha256, width, height, look) values (?, ?, ?, ?)",
                (picture, side, side, f"{furniture.key(pixels(seed)):016x}"),
            )
            insert(
                "insert into panels (figure, x0, y0, x1, y1, kind, compared, reason, picture)"
                " select ?, ?, 0, ?, ?, ?, 1, '', id from pictures where sha256 = ?",
                (number, side * place, side * (place + 1), side, kind, picture),
            )
