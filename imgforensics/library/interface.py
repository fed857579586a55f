"""What a library of earlier figures can be asked, whatever engine keeps it."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference.weights import Model
from imgforensics.library.intake import Listed
from imgforensics.library.verdicts import Verdict
from imgforensics.models.metric import Metric


class Filter(NamedTuple):
    """Which pictures are searched: those that a panel shows which fits all of this.

    Panels that are not compared, or that recur as journals' furniture, never do.

    Attributes:
        without: documents that are left out, by their SHA-256.
        since: a date, ISO 8601: only documents that were added then or later (UTC). None: all.
        kind: of panels, "micrograph" or "blot". None: both.
    """

    without: frozenset[str] = frozenset()
    since: str | None = None
    kind: str | None = None


class Near(NamedTuple):
    """The squares of a library that are nearest to each query.

    Attributes:
        f: float32 [Q, k], in ascending order, infinite where there are fewer.
        pictures: int64 [Q, k], the picture of each, as a number of this library.
        squares: int64 [Q, k], the number of the square within its picture, from 0.
        hashes: SHA-256 of the pixels by such a picture's number.
    """

    f: np.ndarray
    pictures: np.ndarray
    squares: np.ndarray
    hashes: dict[int, str]


class Library(Protocol):
    """Figures of earlier documents, with what was judged of them.

    Every method raises `UserError` where the library can't be read or written.

    Attributes:
        name: of it, for people; without secrets.
    """

    name: str

    def model(self) -> str | None:
        """The fingerprint of the weights of all embeddings; None while there are none."""

    def state(self) -> str:
        """A hash of which documents are in it, and of how many pictures are embedded.

        Equal documents give equal hashes, in whatever engine.
        """

    def sizes(self) -> tuple[int, int]:
        """How many pictures are embedded, and how many smaller squares of these."""

    def nearest(
        self,
        forensic: Metric,
        queries: np.ndarray,
        parts: bool,
        k: int,
        wanted: Filter,
        advance: Callable[[int], object],
    ) -> Near:
        """The nearest squares to each query, by f.

        Args:
            forensic: the metric f, of embeddings [D].
            queries: float32 [Q, D].
            parts: whether smaller squares of pictures are searched, or pictures as wholes.
            k: how many.
            wanted: which pictures are searched.
            advance: is told of how many pairs of squares were just searched.
        """

    def descriptions(self, digests: Collection[str]) -> dict[str, np.ndarray]:
        """Descriptions of pictures by their hashes, `gate.DESCRIPTION` []; of those it has."""

    def pictures(self, digests: Collection[str]) -> set[str]:
        """Which of some pictures it has."""

    def picture(self, digest: str) -> np.ndarray:
        """What a panel shows, uint8 [height, width], by the hash of its pixels."""

    def figure(self, digest: str) -> bytes | None:
        """A figure to be looked at, a JPEG file; None if a panel is all of it."""

    def sheet(self, file: str, page: int) -> bytes | None:
        """A page of a document to be looked at, a JPEG file; None if it has none, as images."""

    def places(self, digests: Collection[str], wanted: Filter) -> list[tuple]:
        """Where pictures were found, in panels that fit: rows as of a catalogue's `elsewhere`."""

    def documents(self, digests: Collection[str]) -> set[tuple[str, str]]:
        """Where pictures are compared: pairs of one's hash and a document's SHA-256."""

    def verdicts(self, pairs: Collection[tuple[str, str]] | None = None) -> list[Verdict]:
        """The verdicts on some pairs of hashes, or all of them, the oldest first."""

    def judge(self, given: Sequence[Verdict]) -> int:
        """Adds verdicts that are not there yet, all or none; returns how many these were."""

    def add(
        self, cases: Sequence[str], listed: Listed, model: Model, engine: Engine = LOCAL
    ) -> None:
        """Adds documents, each once.

        What was added when this is stopped stays, and is not read again.

        Args:
            cases: folders of cases, of which what was read is taken.
            listed: documents to read.
            model: of all its embeddings.
            engine: that does the work.
        """

    def describe(self) -> list[str]:
        """What it holds, in lines."""
