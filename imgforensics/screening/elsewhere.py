"""Pictures of a library that go with those of a case: copied, so that the case is complete."""

from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.interface import Filter, Library
from imgforensics.library.store import Store


def copy(store: Store, library: Library, wanted: Filter) -> None:
    """Copies what rows need: pictures that are in candidates and have regions, and their places.

    Args:
        store: a case, open for writing.
        library: that its candidates are from.
        wanted: what of it was searched, beside documents that are in the case, too.

    Raises:
        UserError: a picture is damaged, or something can't be written.
    """
    own = {digest for (digest,) in store.catalogue.execute("select sha256 from pictures")}
    known = {digest for (digest,) in store.catalogue.execute("select sha256 from files")}
    needed = {
        digest
        for pair in store.catalogue.execute(
            "select first, second from candidates join pairs using (first, second) where checked"
        )
        for digest in pair
    }
    for digest in sorted(needed - own):
        stores.keep_picture(store, library.picture(digest))
    # A document is not compared with itself.
    wanted = wanted._replace(without=wanted.without | known)
    found = library.places(needed | own, wanted)
    for digest in {row[11] for row in found}:
        if (figure := library.figure(digest)) is not None:
            stores.keep_figure(store, figure, digest)
    for file, page in {row[2:4] for row in found}:
        if (sheet := library.sheet(file, page)) is not None:
            stores.keep_sheet(store, file, page, sheet)
    if set(found) == set(store.catalogue.execute("select * from elsewhere")):
        return
    with transaction(store.catalogue):
        store.catalogue.execute("delete from elsewhere")
        marks = ", ".join("?" * 17)
        store.catalogue.executemany(f"insert into elsewhere values ({marks})", found)
