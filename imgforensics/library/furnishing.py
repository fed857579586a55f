"""Which panels are journals' furniture: these are left out, and shown as such."""

from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.panels import furniture
from imgforensics.panels.furniture import Seen


def mark(store: Store) -> None:
    """Notes the panels that recur at one place of many pages, in place of those noted before.

    Figures that fill their page have no place on it, as image files: none of their panels recurs.

    Args:
        store: a case or library, open for writing.
    """
    rows = store.catalogue.execute(
        "select panels.id, files.sha256, page, look, figures.x0, figures.y0, figures.x1,"
        " figures.y1, figures.width, figures.height, panels.x0, panels.y0, panels.x1, panels.y1"
        " from panels join figures on figures.id = panels.figure"
        " join files on files.id = figures.file join pictures on pictures.id = panels.picture"
        " where files.id in (select file from paths)"
        " and (figures.x0, figures.y0, figures.x1, figures.y1) != (0, 0, 1, 1) order by panels.id"
    ).fetchall()
    panels, seen = [], []
    for number, document, page, look, *boxes in rows:
        panels.append(number)
        box = furniture.on_page(boxes[:4], boxes[4:6], boxes[6:])
        seen.append(Seen(document, page, box, int(look, 16)))
    found = {(panels[number],) for number in furniture.recurring(seen)}
    if found != set(store.catalogue.execute("select panel from furniture")):
        with transaction(store.catalogue):
            store.catalogue.execute("delete from furniture")
            store.catalogue.executemany("insert into furniture values (?)", sorted(found))
