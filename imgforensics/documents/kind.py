"""Which files are documents, by their name and their first bytes."""

from imgforensics.images import kinds

PDF, PACKED = "PDF", "ZIP or Office"
SUFFIXES = (*kinds.SUFFIXES, ".pdf", ".docx", ".docm", ".pptx", ".pptm", ".zip")
_READ = {*kinds.READ, PDF, PACKED}
START = 1024  # bytes in which the mark of a PDF may come, after what mail or a server has left


def of(start: bytes) -> str | None:
    """The kind of a document.

    Args:
        start: its first bytes, `START` of them.

    Returns:
        `PDF`, `PACKED`, or what `kinds.kind` says.
    """
    found = kinds.kind(start[: kinds.START])
    return PDF if found not in _READ and b"%PDF-" in start[:START] else found


def reason_against(name: str, start: bytes) -> str | None:
    """Why a file in a folder or an archive is passed over; None where it is read.

    A name that says it is a document is enough, so that a damaged one is not passed over.
    """
    if name.lower().endswith(SUFFIXES):
        return None
    found = of(start)
    if found in _READ:
        return None
    if found is None:
        return "its content is of no kind that is known"
    return f"its content is of the kind {found}, which is not read; {kinds.remedy(found)}"
