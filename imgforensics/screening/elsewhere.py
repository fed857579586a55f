"""Pictures of a library that go with those of a case: copied, so that the case is complete."""

import contextlib
import json

from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store


def copy(store: Store, library: Store) -> None:
    """Copies what rows need: pictures that are in candidates and have regions, and their places.

    Args:
        store: a case, open for writing.
        library: that its candidates are from.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    own = {digest for (digest,) in store.catalogue.execute("select sha256 from pictures")}
    known = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
    wanted = {
        digest
        for pair in store.catalogue.execute(
            "select first, second from candidates join pairs using (first, second) where checked"
        )
        for digest in pair
    }
    for digest in sorted(wanted - own):
        stores.copy_picture(library, store, digest)
    # All in one question, since each goes through all paths of the library.
    places = library.catalogue.execute(
        "select * from places where picture in (select value from json_each(?))",
        (json.dumps(sorted(wanted | own)),),
    )
    found = [row[:-1] for row in places if row[2] not in known]  # none is compared with itself
    for figure in {row[11] for row in found}:
        with contextlib.suppress(FileNotFoundError):  # where the panel is all of the figure
            stores.copy_figure(library, store, figure)
    for file, page in {row[2:4] for row in found}:
        with contextlib.suppress(FileNotFoundError):  # where the document has no pages to see
            stores.copy_sheet(library, store, file, page)
    with transaction(store.catalogue):
        store.catalogue.execute("delete from elsewhere")
        marks = ", ".join("?" * 17)
        store.catalogue.executemany(f"insert into elsewhere values ({marks})", found)
