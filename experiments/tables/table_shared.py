"""The search and the size of a library in PostgreSQL, from the record of its experiment."""

from imgforensics.reports import tables

_SIZES = (10**6, 10**7, 10**8)  # pictures, of which the room is computed


def markdown(records: list[dict]) -> str:
    """What was measured in words, and a table of how large libraries become.

    Args:
        records: as from `results.read`, with `shared_library`; the last one is shown.
    """
    told, versions = records[-1]["shared_library"], records[-1]["versions"]
    found, index, added = told["search"], told["index"], told["documents_added"]
    measured = (
        f"Measured with {told['pictures']:,} pictures, PostgreSQL {versions['PostgreSQL']} "
        f"and pgvector {versions['pgvector']} on the same two cores: of the {found['k']} "
        f"nearest by the exact search {found['recall']:.2%} are found, "
        f"{found['queries_per_second']:.0f} queries a second (the exact search answers "
        f"{found['exact_queries_per_second']:.0f}). The index was built in "
        f"{index['build_seconds']:.0f} s, and takes {index['inserted_per_second']:.0f} squares a "
        f"second from then on. {added['pictures']} image files with {added['squares']:,} squares "
        f"were read and added in {added['seconds']:.0f} s."
    )
    return f"{measured}\n\n{tables.markdown(rows(told))}"


def rows(told: dict) -> list[tuple[str, ...]]:
    """The cells: a header, then a row for each size; all bytes are from those measured of each."""
    added = told["documents_added"]
    per_picture = sum(added["bytes"].values()) / added["pictures"]
    squares = added["squares"] / added["pictures"]
    index = told["index"]["bytes_per_square"]
    return [
        ("pictures (computed)", "pictures and documents", "embeddings", "index of wholes",
         "index of parts", "all"),
        *(
            (f"{size:,}", *(_size(size * each) for each in (
                per_picture, squares * told["square_bytes"], index, (squares - 1) * index,
                per_picture + squares * (told["square_bytes"] + index),
            )))
            for size in _SIZES
        ),
    ]  # fmt: skip


def _size(count: float) -> str:
    gibibytes = count / 2**30
    return f"{gibibytes / 1024:.1f} TiB" if gibibytes >= 1024 else f"{gibibytes:.1f} GiB"
