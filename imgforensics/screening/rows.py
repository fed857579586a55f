"""The result of a screening: ranked pairs of regions, in groups, with the verdicts on them."""

import dataclasses
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from imgforensics.screening import groups, places, verdicts
from imgforensics.screening.candidates import ACROSS, WITHIN
from imgforensics.screening.places import Box, Place
from imgforensics.screening.verdicts import Verdict
from imgforensics.verification import verdict
from imgforensics.verification.verdict import STRONG_CORRELATION

# In the order in which they are ranked.
IDENTICAL, VERIFIED, POSSIBLE, NOT_VERIFIED = "identical", "verified", "possible", "not verified"
STATUSES = (IDENTICAL, VERIFIED, POSSIBLE, NOT_VERIFIED)
# Regions that are listed as such: beyond doubt, or found by keypoints and not chosen by their f.
_LISTED = "(verdict = ? or (verdict = ? and (sure or gate = 'passed')))"
_SAYING_SAME = (verdict.SAME, verdict.PROBABLY_SAME)
_NEAREST = 1  # place of what is listed though nobody can be sure
MAX_PLACE = 3  # nearest of a picture that are looked at though keypoints don't tell
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
# Documents of which so much is the same are versions of one, such as a preprint and an article.
_MIN_OF_VERSIONS, _MIN_SHARE_OF_VERSIONS = 3, 0.5  # panels in common, and their share of the fewer


@dataclasses.dataclass(frozen=True)
class Row:
    """Two regions that are the same, or may be.

    Attributes:
        a, b: the panels that they are in.
        sha_a, sha_b: hashes of these panels' pixels.
        box_a, box_b: the regions, in fractions of the page, or of the image.
        region: of which region of the pair, see the table of regions; None where there is none.
        status: one of `STATUSES`.
        f, verified: the scores; verified is None where nothing was laid on each other.
        inliers: keypoints that agree.
        reason: what speaks for it, in words.
        voted: of what is not verified, whether the keypoints of both had votes for it all the same.
        versions: whether it is from two versions of one document.
        group: number of the clique of pictures that it belongs to.
        judged: the last verdict of a person, if there is any.
        suppressed: whether all of its group was judged benign.
    """

    a: Place
    b: Place
    sha_a: str
    sha_b: str
    box_a: Box
    box_b: Box
    region: int | None
    status: str
    f: float
    verified: float | None
    inliers: int
    reason: str
    voted: bool = False
    versions: bool = False
    group: int = 0
    judged: Verdict | None = None
    suppressed: bool = False

    @property
    def pictures(self) -> tuple[str, str]:
        """The hashes, the smaller one first, as verdicts and pairs are known by."""
        return min(self.sha_a, self.sha_b), max(self.sha_a, self.sha_b)

    @property
    def score(self) -> float:
        """The verified score, or else f: at most 1 where both are judged to be the same."""
        return self.f if self.verified is None else self.verified


def ranked(catalogue: sqlite3.Connection, scope: str, doubtful_f: float) -> list[Row]:
    """All rows of a case, the best first.

    What is identical comes first, then what is verified by its score, and last what could not be
    verified. Behind all of these are versions of one document, and what was judged benign.

    Args:
        catalogue: of a case.
        scope: as of `candidates.propose`.
        doubtful_f: up to which f pairs are listed that keypoints can't verify.
    """
    where = places.read(catalogue)
    rows = [
        *_same_files(catalogue, where),
        *_same_pixels(where, scope),
        *_regions(catalogue, where, scope),
        *_not_verified(catalogue, where, scope, doubtful_f),
    ]
    rows = _with_versions(rows, where)
    rows.sort(key=_rank)
    given = verdicts.latest(catalogue)
    rows = [
        dataclasses.replace(row, group=group, judged=given.get(row.pictures))
        for row, group in zip(rows, groups.cliques(row.pictures for row in rows))
    ]
    open_groups = {row.group for row in rows if not _is_benign(row)}
    rows = [dataclasses.replace(row, suppressed=row.group not in open_groups) for row in rows]
    return sorted(rows, key=lambda row: row.suppressed)


def _rank(row: Row) -> tuple:
    return (
        row.versions, STATUSES.index(row.status), not row.voted, row.score, *_order(row.a),
        *_order(row.b),
    )  # fmt: skip


def _order(place: Place) -> tuple:
    return place.in_library, place.path, place.page, place.number, place.panel


def _is_benign(row: Row) -> bool:
    return row.judged is not None and row.judged.verdict in verdicts.BENIGN


def _same_files(catalogue, where) -> Iterator[Row]:
    """A row for each further path of a file, with the first panel that is compared."""
    firsts: dict[str, tuple[str, Place]] = {}
    for picture, found in where.items():
        for place in found:
            if not place.in_library:
                before = firsts.get(place.file)
                if before is None or _order(place) < _order(before[1]):
                    firsts[place.file] = picture, place
    for digest, text in catalogue.execute(
        "select sha256, json_group_array(hex(path)) from (select sha256, path from paths"
        " join files on files.id = paths.file order by path) group by sha256 having count(*) > 1"
    ):
        if digest in firsts:
            picture, place = firsts[digest]
            _, *others = sorted(bytes.fromhex(path) for path in json.loads(text))
            for other in others:
                copy = place._replace(path=other.decode("utf-8", "surrogateescape"))
                yield _identical(picture, place, copy, "the same file", (_WHOLE, _WHOLE))


def _same_pixels(where, scope) -> Iterator[Row]:
    """A row for each further place of a picture."""
    for picture, found in where.items():
        first, *others = found
        for other in others:
            if _in_scope(first, other, scope):
                boxes = tuple(each.on_page(_whole(each)) for each in (first, other))
                yield _identical(picture, first, other, "the same pixels", boxes)


def _identical(picture, a, b, reason, boxes) -> Row:
    return Row(
        a=a, b=b, sha_a=picture, sha_b=picture, box_a=boxes[0], box_b=boxes[1], region=None,
        status=IDENTICAL, f=0.0, verified=None, inliers=0, reason=reason,
    )  # fmt: skip


def _regions(catalogue, where, scope) -> Iterator[Row]:
    for first, second, number, f, verified, inliers, said, sure, reason, *box in catalogue.execute(
        "select first, second, number, regions.f, verified, inliers, verdict, sure, reason, x0_a,"
        " y0_a, x1_a, y1_a, x0_b, y0_b, x1_b, y1_b from regions"
        " join pairs using (first, second)"
        f" left join candidates using (first, second) where {_LISTED}"
        " and (place is not null or first = second)",
        _SAYING_SAME,
    ):
        status = VERIFIED if sure and said == verdict.SAME else POSSIBLE
        yield from _row(
            where, scope, (first, second), (tuple(box[:4]), tuple(box[4:])), region=number,
            status=status, f=f, verified=verified, inliers=inliers, reason=reason,
        )  # fmt: skip


def _not_verified(catalogue, where, scope, doubtful_f) -> Iterator[Row]:
    """Pairs of small f of which nobody can be sure: without keypoints, or with little to see.

    Their f is the smaller one of before and after they were laid on each other. A weak correlation
    speaks against them unless votes speak for them: then they were laid in a wrong way.
    """
    for first, second, f, voted, reason in catalogue.execute(
        "select first, second, min(candidates.f, coalesce(regions.f, candidates.f)),"
        " gate = 'passed', regions.reason from candidates"
        " join pairs using (first, second) left join regions using (first, second)"
        " where candidates.f <= ? and place <= ? and coalesce(number, 0) = 0"
        " and (verdict != ? or gate = 'doubtful')"
        " and (gate = 'passed' or coalesce(correlation, 1) >= ?)"
        " and (first, second) not in"
        f" (select first, second from regions join pairs using (first, second) where {_LISTED})",
        (doubtful_f, _NEAREST, verdict.DIFFERENT, STRONG_CORRELATION, *_SAYING_SAME),
    ):
        yield from _row(
            where, scope, (first, second), None, region=None, status=NOT_VERIFIED, f=f,
            verified=None, inliers=0, voted=bool(voted),
            reason=reason or "too few keypoints to lay one on the other",
        )  # fmt: skip


def _row(where, scope, pictures, boxes, **told) -> Iterator[Row]:
    """The row of a pair of pictures, at the first places that are in scope, if any are."""
    sides = [where.get(picture, []) for picture in pictures]
    for one, other in itertools.product(*sides):
        # Of regions within one picture, both are at one place.
        if _in_scope(one, other, scope) and (pictures[0] != pictures[1] or one == other):
            pair = one, other
            boxes = boxes or tuple(map(_whole, pair))
            on_pages = [place.on_page(_within(place, box)) for place, box in zip(pair, boxes)]
            both = sorted(zip(map(_order, pair), on_pages, pair, pictures))
            (_, box_a, a, sha_a), (_, box_b, b, sha_b) = both
            yield Row(a=a, b=b, sha_a=sha_a, sha_b=sha_b, box_a=box_a, box_b=box_b, **told)
            return


def _in_scope(one: Place, other: Place, scope: str) -> bool:
    """Whether two places are to be compared."""
    if one.in_library and other.in_library:
        return False
    if one.file == other.file:
        return scope != ACROSS and not other.in_library
    return scope != WITHIN


def _whole(place: Place) -> Box:
    x0, y0, x1, y1 = place.panel
    return 0.0, 0.0, float(x1 - x0), float(y1 - y0)


def _within(place: Place, box: Box) -> Box:
    """The part of a box that lies in the panel."""
    width, height = _whole(place)[2:]
    x0, y0, x1, y1 = box
    return max(x0, 0.0), max(y0, 0.0), min(x1, width), min(y1, height)


def _with_versions(rows: Iterable[Row], where) -> list[Row]:
    """The rows, marked where they are from versions of one document."""
    rows = list(rows)
    panels = Counter(file for found in where.values() for file in {place.file for place in found})
    shared: dict[frozenset[str], list[set[str]]] = {}
    for row in rows:
        if row.a.file != row.b.file and row.status != NOT_VERIFIED:
            files = frozenset((row.a.file, row.b.file))
            # Counted are the pictures of the document that has fewer of these.
            sides = shared.setdefault(files, [set(), set()])
            for side, (_, picture) in zip(
                sides, sorted(((row.a.file, row.sha_a), (row.b.file, row.sha_b)))
            ):
                side.add(picture)
    versions = {
        files
        for files, sides in shared.items()
        if (common := min(map(len, sides))) >= _MIN_OF_VERSIONS
        and common >= _MIN_SHARE_OF_VERSIONS * min(panels[file] for file in files)
    }
    return [
        dataclasses.replace(row, versions=True, reason=f"{row.reason}; versions of one document")
        if frozenset((row.a.file, row.b.file)) in versions
        else row
        for row in rows
    ]
