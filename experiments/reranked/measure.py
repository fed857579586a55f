"""Copies found by f, by f normalised, by crops, and by both, in collections and in a library.

A collection has each anchor of a split once, and copies are rare: a pair of different images is
scored as if neither had a copy there, and a pair of copies as if there were no third one. The
library is of overlapping crops of other sources. Its negatives are hard ones: f proposes a hundred
crops to each query, and each system is judged by those of them that it puts first itself.
"""

import pathlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.reranked import shares
from experiments.reranked.shares import Negatives
from imgforensics.data.micrographs import Micrographs
from imgforensics.data.splits import Splits
from imgforensics.evaluation import proposals, reranking
from imgforensics.inference import crops, local_scaling
from imgforensics.inference.embed import embed
from imgforensics.inference.nearest import nearest, nearest_of_others
from imgforensics.inference.weights import Model
from imgforensics.manipulations import ranges
from imgforensics.metrics import intervals
from imgforensics.models import metric
from imgforensics.testsets import build
from imgforensics.utils import atomic

RATES = (0.01, 0.001)
PLACES = (1, 10, 100)  # among which a copy is to be
HARD = 10  # negatives of each query, of those that are proposed
KINDS = ("random", "same_class", "same_source")
_ROWS = 64  # first images whose f are computed at once


def collection(
    model: Model,
    micrographs: Micrographs,
    indices: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> dict:
    """Judges all pairs of an anchor and a copy.

    Args:
        model: whose f it is.
        micrographs: where the images come from.
        indices: int [N], those to pair.
        first, second: float32 [N, 6, D], the anchors' and the copies' `views`.

    Returns:
        Plain values: how many `copies`; for each of `KINDS` that there are and for `mixed`, in
        which each kind counts the same, what is `found` by each system at each of `RATES`; and the
        copies that are the `nearest` of their anchors.
    """
    sources = micrographs.sources[indices]
    groups = intervals.groups(sources)
    copies, others = _in_collection(model.metric, first, second)
    found = {}
    for kind, weights in _weights(micrographs.classes[indices], sources).items():
        one, other = np.nonzero(weights)
        of = Negatives(groups[one], groups[other], weights[one, other])
        found[kind] = _found(
            copies, groups, {name: f[one, other] for name, f in others.items()}, of
        )
    places = {name: 1 + (f <= copies[name][:, None]).sum(axis=1) for name, f in others.items()}
    return {"copies": len(indices), "found": found, "nearest": _placed(places, groups, PLACES[:1])}


def library(
    model: Model,
    micrographs: Micrographs,
    split: Splits,
    size: int,
    copies: Mapping[str, np.ndarray],
    kept: Callable[[str, Callable[[], np.ndarray]], np.ndarray],
) -> dict:
    """Looks for copies among crops of the training and validation split.

    Args:
        model, micrographs, split: as above.
        size: queries, the first of the test split; their central crops are looked for.
        copies: float32 [n, 6, D], the `views` of the test split's copies, by the name of their set.
        kept: returns what it was given before, or makes it.

    Returns:
        Plain values: the numbers of `queries` and `crops`; of each set what is `found` by each
        system where some hard negatives pass, and the copies among the first `places`.
    """
    indices = np.concatenate([split.train, split.validation])
    wholes = kept("library", lambda: proposals.library(model, micrographs, indices).embeddings)
    centres = [proposals.centre(micrographs, number) for number in split.test[:size]]
    queries = kept("queries", lambda: views(model, np.stack(centres)))
    f, numbers = map(np.asarray, nearest(model.metric, queries[:, 0], wholes, reranking.PROPOSED))
    used, places = np.unique(numbers, return_inverse=True)
    cut = lambda: views(model, (proposals.crop(micrographs, indices, each) for each in used))  # noqa: E731
    proposed, places = kept("proposed", cut), places.reshape(f.shape)
    own = (
        np.arange(len(wholes)) // proposals.CROPS
    )  # the overlapping crops of one are no neighbours
    near, _ = nearest_of_others(
        model.metric, wholes[used], wholes, local_scaling.NEIGHBOURS, own[used], own
    )
    spacings = local_scaling.spacing(f)[:, None], local_scaling.spacing(near)[places]
    pairs = np.stack([np.arange(len(f)).repeat(f.shape[1]), places.ravel()], axis=1)
    joined = crops.distances(model.metric, queries, proposed, pairs).reshape(f.shape)
    others = {name: np.sort(each, axis=1) for name, each in _scores(f, joined, *spacings).items()}
    groups = intervals.groups(micrographs.sources[split.test[:size]])
    of_hard = groups.repeat(HARD)
    hard = {name: each[:, :HARD].ravel() for name, each in others.items()}
    of = Negatives(of_hard, of_hard, np.ones(len(of_hard)))
    record = {"queries": len(f), "crops": len(wholes), "found": {}, "places": {}}
    for name, those in copies.items():
        scores = _in_library(model.metric, queries, those[:size], wholes, f)
        record["found"][name] = _found(scores, groups, hard, of)
        proposed_too = scores["f"] < f[:, -1]
        record["places"][name] = _placed(
            {
                system: np.where(proposed_too, 1 + (each <= scores[system][:, None]).sum(1), np.inf)
                for system, each in others.items()
            },
            groups, PLACES,
        )  # fmt: skip
    return record


def views(model: Model, images) -> np.ndarray:
    """Embeds images, uint8 [side, side] each, and their crops; float32 [N, 6, D]."""
    every = (view for image in images for view in (image, *crops.cut(np.ascontiguousarray(image))))
    embedded = embed(model, every)
    return embedded.reshape(-1, 1 + crops.CROPS, embedded.shape[1])


def embedded(model: Model, micrographs: Micrographs, indices: np.ndarray, edit: str) -> np.ndarray:
    """The `views` of anchors and copies by one of `build.EDITS`; float32 [2, N, 6, D]."""
    images = np.asarray(micrographs.images[indices])
    if edit == "composite":
        made = build.composite_copies(images, seed=0)
    else:
        config = {"v01": ranges.v01, "v02": ranges.v02}[edit]()
        made = build.manipulated_copies(images, config, seed=0)
    return np.stack([views(model, some) for some in made])


def keeping(folder: pathlib.Path) -> Callable[[str, Callable[[], np.ndarray]], np.ndarray]:
    """Returns what keeps arrays in a folder, by their names."""

    def kept(name, make):
        path = folder / f"{name}.npy"
        if not path.exists():
            array = make()
            with atomic.writing(path, "wb") as file:
                np.save(file, array)
        return np.load(path)

    return kept


def _in_collection(forensic, first, second) -> tuple[dict, dict]:
    """The scores of copies, float [N] by system, and of others, [N, N], infinite on diagonals."""
    count = len(first)
    alone = np.where(np.eye(count, dtype=bool), np.inf, 0)
    f, among = (_all(forensic, first[:, 0], other[:, 0]) for other in (second, first))
    pairs = np.indices((count, count)).reshape(2, -1).T
    joined = crops.distances(forensic, first, second, pairs).reshape(count, count)
    near = alone + among, alone + f.T
    one, other = (local_scaling.spacing(np.sort(each, axis=1)) for each in near)
    others = _scores(f + alone, joined + alone, one[:, None], other)
    copies = _scores(
        f.diagonal(), joined.diagonal(), *(_beside(each, f.diagonal()) for each in near)
    )
    return copies, others


def _in_library(forensic, queries, copies, wholes, f) -> dict[str, np.ndarray]:
    """The scores of copies that are the only ones in a library, float [n] by system."""
    each = np.arange(len(queries))
    own = np.asarray(metric.distance(forensic, queries[:, 0], copies[:, 0]))
    joined = crops.distances(forensic, queries, copies, np.stack([each, each], axis=1))
    of_copies, _ = nearest(forensic, copies[:, 0], wholes, local_scaling.NEIGHBOURS)
    return _scores(own, joined, _beside(f, own), _beside(of_copies, own))


def _beside(near, f) -> np.ndarray:
    """The spacing of images that have one neighbour more."""
    return local_scaling.spacing(np.sort(np.append(near, f[:, None], axis=1), axis=1))


def _scores(f, joined, first, second) -> dict[str, np.ndarray]:
    return {
        "f": f,
        "normalized": local_scaling.normalized(f, first, second),
        "crops": joined,
        "both": local_scaling.normalized(joined, first, second),
    }


def _all(forensic, first, second) -> np.ndarray:
    starts = range(0, len(first), _ROWS)
    rows = [metric.distance(forensic, first[i : i + _ROWS, None], second) for i in starts]
    return np.concatenate(rows)


def _weights(classes, sources) -> dict[str, np.ndarray]:
    """The weight of each pair among the negatives of a kind, float [N, N], of sum 1."""
    one_class, one_source = (np.equal.outer(key, key) for key in (classes, sources))
    different = ~np.eye(len(classes), dtype=bool)
    masks = dict(zip(KINDS, (different, one_class & ~one_source, one_source & different)))
    weights = {kind: mask / mask.sum() for kind, mask in masks.items() if mask.any()}
    return weights | {"mixed": sum(weights.values()) / len(weights)}


def _found(copies, groups, others, of) -> dict:
    """By system and rate, the share of copies found, beside f's."""
    every = {name: shares.found(copies[name], groups, others[name], of, RATES) for name in copies}
    return {
        name: {
            str(rate): shares.told(each[place], every["f"][place], len(groups))
            for place, rate in enumerate(RATES)
        }
        for name, each in every.items()
    }


def _placed(places, groups, among: Sequence[int]) -> dict:
    """By system and place, the share of copies that are among so many, beside f's."""
    often = shares.drawn(groups)[:, groups]
    return {
        name: {
            str(most): shares.told(
                *(often @ (each <= most) / often.sum(1) for each in (ranks, places["f"])),
                len(groups),
            )
            for most in among
        }
        for name, ranks in places.items()
    }
