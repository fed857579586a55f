"""f, f with local matches and the verified score of pairs of files, some pairs at a time."""

import contextlib
import functools
import os
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent import futures
from typing import NamedTuple

import numpy as np

from imgforensics.data import blank
from imgforensics.images.read import read_gray
from imgforensics.inference import weights
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils import compilation
from imgforensics.utils.errors import UserError
from imgforensics.utils.workers import workers
from imgforensics.verification import calibration, gate, local, remembered
from imgforensics.verification.calibration import Calibration
from imgforensics.verification.evidence import Evidence

# The columns of each score. All are at most 1 for copies.
COLUMNS = {"f": ("f", "likelihood"), "local": ("local",), "verified": ("verified",)}
_TASK = 4  # pairs that are given to a process at once
_MATCHINGS = 16  # calls of the gate, likewise, which take milliseconds


class Scorer(NamedTuple):
    """What scores.

    Attributes:
        model: that embeds.
        scores: which ones, of `COLUMNS`.
        calibration: for this model; None where no verified score is asked for.
    """

    model: Model
    scores: Sequence[str] = ("f",)
    calibration: Calibration | None = None

    @property
    def digest(self) -> str:
        """What tells it from others."""
        return f"{weights.fingerprint(self.model)} {','.join(self.scores)} {self.calibration}"


class AtWork:
    """A scorer, with what it has found out about images that were read."""

    def __init__(self, scorer: Scorer, root: str | os.PathLike, pool: futures.Executor):
        self._scorer, self._root, self._pool = scorer, pathlib.Path(root), pool
        self._number: dict[str, int] = {}
        self._embeddings: list[np.ndarray] = []
        self._descriptions: list[np.ndarray] = []
        self._squares: list[np.ndarray] = []

    def read(self, names: Sequence[str]) -> dict[str, str]:
        """Reads images that were not read before; returns what is wrong with some."""
        faults, squares, described = {}, [], []
        side = self._scorer.model.config.manipulations.output_size

        def images():
            for name in dict.fromkeys(names):
                if name in self._number:
                    continue
                path = self._root / name
                try:
                    squares.append(blank.square(read_gray(path), side))
                except UserError as error:
                    faults[name] = str(error).removeprefix(f"cannot read {path}: ")
                    continue
                self._number[name] = len(self._number)
                if "local" in self._scorer.scores:
                    described.append(self._pool.submit(gate.describe, squares[-1]))
                yield squares[-1]

        self._embeddings += list(embed(self._scorer.model, images()))
        self._descriptions += [each.result() for each in described]
        if "verified" in self._scorer.scores:
            self._squares += squares
        return faults

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
        """The cells of each pair, whose images were read."""
        if not pairs:
            return []
        numbers = np.array([[self._number[name] for name in pair] for pair in pairs])
        used, numbers = np.unique(numbers, return_inverse=True)
        numbers = numbers.reshape(-1, 2)
        first, second = np.stack([self._embeddings[each] for each in used])[numbers.T]
        f = np.asarray(metric.distance(self._scorer.model.metric, first, second))
        columns = {"f": f, "likelihood": np.asarray(metric.likelihood(f))}
        found: Iterable[Evidence] = ()
        if "verified" in self._scorer.scores:  # begins here, and is waited for below
            squares = ([self._squares[used[each]] for each in pair] for pair in numbers)
            found = self._pool.map(remembered.gather, squares, chunksize=_TASK)
        if "local" in self._scorer.scores:
            descriptions = np.stack([self._descriptions[each] for each in used])
            mapped = functools.partial(self._pool.map, chunksize=_MATCHINGS)
            columns["local"] = local.scores(descriptions, numbers, f, mapped)
        if self._scorer.calibration is not None and "verified" in self._scorer.scores:
            columns["verified"] = np.array(
                [
                    calibration.score(self._scorer.calibration, each, float(value))
                    for each, value in zip(found, f)
                ]
            )
        wanted = [columns[name] for score in self._scorer.scores for name in COLUMNS[score]]
        return [list(map("{:.9g}".format, row)) for row in zip(*wanted)]


@contextlib.contextmanager
def at_work(scorer: Scorer, root: str | os.PathLike) -> Iterator[AtWork]:
    """Gets a scorer ready for images below a root.

    Memory grows with the number of images: by an embedding each, by 18 kB for `local`, and by the
    pixels that the network takes for `verified`.
    """
    with workers(compilation.cores()) as pool:
        yield AtWork(scorer, root, pool)
