"""What a case or a library holds, in words."""

import os

from imgforensics.library.store import Store


def describe(store: Store) -> list[str]:
    """Lines that say how much was read, how much is compared, and what could not be read."""

    def count(what: str) -> int:
        return store.catalogue.execute(f"select count(*) from {what}").fetchone()[0]

    files = count("files")
    unread = count("files where problem is not null or unread != '[]'")
    strays = count("strays where not passed")
    compared = count("(select distinct picture from panels where compared)")
    embedded = count("pictures where whole is not null and described is not null")
    size = sum(
        os.path.getsize(os.path.join(folder, name))
        for folder, _, names in os.walk(store.folder)
        for name in names
    )
    return [
        f"{files} documents with {count('figures')} figures and {count('panels')} panels",
        f"{compared} different panels are compared, {embedded} of them are embedded",
        f"{unread + strays} documents were not read, or not whole",
        f"{size / 2**20:.0f} MiB",
    ]
