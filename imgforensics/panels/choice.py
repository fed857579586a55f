"""Which parts of a figure are pictures, by how likely each is one and by what is beside it."""

from collections.abc import Iterable

from imgforensics.panels.panel import Box
from imgforensics.panels.parts import Part

LIKELY = 0.45  # likelihood from which a part is a picture
ABUTTING = 0.25  # likewise, of a piece of a part that is no drawing
ALIKE = 0.1  # likewise, of what has the size of a picture of the same figure
_SIZE = 0.08  # of a side, by which sizes may differ
MOSTLY, NEARLY_ALL = 0.55, 0.85  # mean likelihood of the pieces of a part, of few and of many
MANY, MOST = 12, 60  # pieces: drawings fall into many at their lines, and squared paper into more
_VOICE = 0.05  # of the largest piece's area: smaller ones are letters and ticks, and have no voice
_BAR, _LONG = 0.2, 2.0  # of that area, and times as long as wide: a smaller strip is a data bar


def pictures(tree: Iterable[Part]) -> list[Box]:
    """The boxes of pictures.

    A part that falls into pieces is taken for its pieces, unless those are of a drawing, of which
    lines were taken for seams. Panels of one figure are often of one size: what has the size of a
    picture needs less to be one itself.

    Args:
        tree: parts with likelihoods.
    """
    sure, others = [], []
    for part in tree:
        pieces = _pieces(part) or []
        largest = max((piece.box.area for piece in pieces), default=0)
        least = ABUTTING if part.pieces else LIKELY
        for piece in pieces:
            if not _is_bar(piece.box, largest):
                (sure if piece.likelihood >= least else others).append(piece)
    found = [piece.box for piece in sure]
    return found + [
        piece.box
        for piece in others
        if piece.likelihood >= ALIKE and any(_alike(piece.box, box) for box in found)
    ]


def _pieces(part) -> list[Part] | None:
    """What a part falls into in the end; None of a drawing."""
    if not part.pieces:
        return [part]
    kept: list[Part] = []
    drawn: list[Box] = []
    for piece in part.pieces:
        inner = _pieces(piece)
        if inner is None:
            drawn.append(piece.box)
        else:
            kept += inner
    return kept if kept and _are_pictures(kept, drawn) else None


def _are_pictures(kept, drawn) -> bool:
    """Whether most of the area is likely to be pictures; what is small has no voice."""
    areas = [(piece.box.area, piece.likelihood) for piece in kept]
    areas += [(box.area, 0.0) for box in drawn]
    largest = max(area for area, _ in areas)
    large = [(area, likelihood) for area, likelihood in areas if area >= _VOICE * largest]
    least = MOSTLY if len(large) <= MANY else NEARLY_ALL
    likely = sum(area * likelihood for area, likelihood in large)
    return len(large) <= MOST and likely >= least * sum(area for area, _ in large)


def _is_bar(box, largest) -> bool:
    """Whether a piece is a data bar, or a row of letters."""
    sides = sorted((box.width, box.height))
    return box.area < _BAR * largest and sides[1] >= _LONG * sides[0]


def _alike(one, other) -> bool:
    return (
        abs(one.width - other.width) < _SIZE * other.width
        and abs(one.height - other.height) < _SIZE * other.height
    )
