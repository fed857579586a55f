"""Pairs of pictures that people judged, as a run takes them: images, splits and batches."""

import hashlib
import os
from typing import NamedTuple

import ml_collections
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from imgforensics.data import splits
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.images.fit import fit_square
from imgforensics.utils.errors import UserError

DRAWN = -1  # in a batch: the image that is drawn as if nothing was labelled
_TIMES = 8  # that each pair is in a batch, at least
_SEED = 0  # of the batches, among which a run's own seed chooses


class Labelled(NamedTuple):
    """Judged pairs.

    Attributes:
        images: uint8 [m, 256, 256], each picture once.
        pairs: int [p, 2], places in `images`.
        same: bool [p], whether both show one thing.
        groups: str [p]; pairs of one group share pictures or documents.
    """

    images: np.ndarray
    pairs: np.ndarray
    same: np.ndarray
    groups: np.ndarray

    def chosen(self, which: np.ndarray) -> "Labelled":
        """Those pairs that an index names, with the images that they need."""
        kept, pairs = np.unique(self.pairs[which], return_inverse=True)
        pairs = pairs.reshape(-1, 2)
        return Labelled(self.images[kept], pairs, self.same[which], self.groups[which])

    def digest(self) -> str:
        """A hash of all of it."""
        found = hashlib.sha256()
        for array in (self.images, self.pairs.astype(np.int64), self.same):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


def read(folder: str | os.PathLike, side: int) -> Labelled:
    """Reads what `imgforensics verdicts dataset` wrote.

    A pair that was called different is left out where both are the same as others that are the
    same: one of these verdicts is wrong.

    Args:
        folder: of the data set.
        side: pixels on each side of the images that the network takes, 256 at most.

    Raises:
        UserError: as by `labelled_pairs.read`.
    """
    from imgforensics.data import labelled_pairs  # TFDS takes seconds

    found, pictures = labelled_pairs.read(folder)
    hashes = sorted(pictures)
    place = {digest: number for number, digest in enumerate(hashes)}
    pairs = np.array([(place[pair.first], place[pair.second]) for pair in found])
    same = np.array([pair.label == labelled_pairs.SAME for pair in found])
    images = np.stack([as_micrograph(pictures[digest], side) for digest in hashes])
    labelled = Labelled(images, pairs, same, np.array([pair.group for pair in found]))
    shown = _shown(labelled)
    contradicted = ~same & (shown[pairs[:, 0]] == shown[pairs[:, 1]])
    if contradicted.any():
        print(f"{contradicted.sum()} labelled pair(s) contradict others and are left out")
    return labelled.chosen(np.flatnonzero(~contradicted))


def as_micrograph(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture as a training image, whose centre is what a screening embeds of it.

    Beyond that it is mirrored, so that manipulations find something there.

    Args:
        picture: uint8 [height, width].
        side: pixels on each side of what is embedded, 256 at most.

    Returns:
        uint8 [256, 256].
    """
    before = (SIDE - side) // 2
    return np.pad(fit_square(picture, side), (before, SIDE - side - before), mode="symmetric")


def split(labelled: Labelled, data: ml_collections.ConfigDict) -> tuple[Labelled, Labelled]:
    """The pairs to train on and those to validate on; the others are for tests.

    Args:
        labelled: all.
        data: `config.data`, whose `split` and `split_seed` hold for these, too; groups stay whole.

    Raises:
        UserError: there are too few groups.
    """
    numbers = np.arange(len(labelled.pairs))
    grouped = Micrographs(numbers, numbers, numbers, labelled.groups)
    try:
        found = splits.split(grouped, data.split, data.split_seed)
    except UserError as error:
        raise UserError(
            f"config.data.labelled={data.labelled} holds pairs of {len(set(labelled.groups))} "
            "group(s) that share no document, too few for the sets of config.data.split: judge "
            "pairs of more documents"
        ) from error
    return labelled.chosen(found.train), labelled.chosen(found.validation)


def batches(labelled: Labelled, places: int, triplets: bool) -> np.ndarray:
    """Groups pairs into what a step can take at once, each pair about as often as any other.

    Nothing is in a batch twice, nor are two pictures of one thing other than as a pair: each image
    of a batch is a negative of the others.

    Args:
        labelled: the pairs to train on.
        places: examples of a step that labelled pairs may take, at least two.
        triplets: whether examples have different images. Where they have none, the two of a pair
            that is not the same are two examples, and negatives of each other as all others.

    Returns:
        int32 [batches, places, 3]: the picture of the anchor, the one whose copy is the same
        image, and the different one; `DRAWN` where that is drawn as ever.
    """
    shown = _shown(labelled)[labelled.pairs]
    judged = zip(labelled.pairs.tolist(), labelled.same)
    examples = [_examples(first, second, same, triplets) for (first, second), same in judged]
    order = list(np.random.RandomState(_SEED).permutation(len(examples)))
    times = np.zeros(len(examples), int)
    found = []
    while times.min(initial=_TIMES) < _TIMES:
        rows, used, taken = [], set(), []
        for number in order:
            things = set(shown[number].tolist())
            if len(rows) + len(examples[number]) <= places and not used & things:
                rows += examples[number]
                used |= things
                taken.append(number)
            if len(rows) == places:
                break
        times[taken] += 1
        # Those that have waited longest come first, so that none waits for ever.
        waiting = set(order).difference(taken)
        order = [number for number in order if number in waiting] + taken
        found.append(rows + [(DRAWN,) * 3] * (places - len(rows)))
    return np.array(found, np.int32).reshape(-1, places, 3)


def _examples(first, second, same, triplets) -> list[tuple[int, int, int]]:
    if same:
        return [(first, second, DRAWN)]
    if triplets:
        return [(first, first, second)]
    return [(first, first, DRAWN), (second, second, DRAWN)]


def _shown(labelled: Labelled) -> np.ndarray:
    """int [m], what each picture shows: equal where they are the same, by themselves or others."""
    size = len(labelled.images)
    first, second = labelled.pairs[labelled.same].T
    linked = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    return connected_components(linked, directed=False)[1]


def places(config: ml_collections.ConfigDict) -> int:
    """How many examples of a step labelled pairs may take.

    Args:
        config: of the run.

    Raises:
        UserError: there are too few, or more than a step has.
    """
    share = config.data.labelled_share
    found = round(share * config.batch_size)
    if not 2 <= found <= config.batch_size:
        raise UserError(
            f"config.data.labelled_share is {share:g}, {found} of the {config.batch_size} examples "
            f"of a batch; give at least {2 / config.batch_size:.2g} and at most 1"
        )
    return found


def check(config: ml_collections.ConfigDict) -> None:
    """Refuses what labelled pairs can't be taken with; raises what `places` raises, too.

    Raises:
        UserError: images are to stay on disk.
    """
    if not config.data.labelled:
        return
    places(config)
    if not config.data.on_device:
        raise UserError(
            "config.data.labelled needs the images in memory: set config.data.on_device=True"
        )
