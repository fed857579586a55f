"""A collection of images, each compared with each: how f is distributed, and the closest pairs."""

import json
import os
from collections import Counter
from typing import NamedTuple

import numpy as np

from imgforensics.data import tree
from imgforensics.inference import all_pairs
from imgforensics.inference import crops as cropping
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.metrics import ranking
from imgforensics.models import metric
from imgforensics.utils import atomic, npz, reading, tables
from imgforensics.utils.errors import UserError

UNLABELLED = ""  # the label of an image of which nothing is said; it has no copies
_FORMAT = "imgforensics embeddings 1"
_HEADER = ("a", "b", "label_a", "label_b", "f", "likelihood")
_MAX_FORMAT, _MAX_TEXT = 1000, 2**28  # bytes
# The dtype, or its kind, and the number of dimensions of what is kept of a collection.
_DIMENSIONS = {
    "alpha": ("<f4", 1), "offset": ("<f4", 0), "squared": ("b", 0), "embeddings": ("<f4", 2),
    "names": ("U", 1), "labels": ("U", 1), "summary": ("U", 0), "record": ("U", 0),
}  # fmt: skip
_CROPS = "crops"  # a file need not have them
_SAMPLE = 480  # pairs, whose f are thresholds
_STEPS = np.arange(1, 21, dtype=np.float32) / 10  # thresholds besides


class Collection(NamedTuple):
    """Embedded images.

    Attributes:
        forensic: the metric that compares them.
        embeddings: float32 [N, D], by the moments of the anchor's branch.
        names: str [N], the path of each image.
        labels: str [N], what each image is of, or `UNLABELLED`.
        summary: what was read, what was skipped and why, as plain values.
        record: of the model, from `results.record`.
        crops: float32 [N, 5, D], the embeddings of each image's crops (`inference.crops`), or None.
    """

    forensic: metric.Metric
    embeddings: np.ndarray
    names: np.ndarray
    labels: np.ndarray
    summary: dict
    record: dict
    crops: np.ndarray | None = None


def read(
    model: Model,
    record: dict,
    folder: str | os.PathLike,
    labels: str,
    fewest: int = 2,
    crops: bool = False,
) -> Collection:
    """Reads and embeds all images of a folder, one after another.

    An image of another size than the network's input is cut to its largest central square and
    resized. Images that can't be read or show nothing are left out, named and counted.

    Args:
        model: what embeds.
        record: of the model, to be kept with the embeddings.
        folder: root of the tree of image files.
        labels: 'class' or 'source', as `data.tree` takes them from sub-folders or a manifest, or
            'none'. An image beside the sub-folders has no class.
        fewest: images with which the caller can do anything; pairs need two.
        crops: whether to embed crops of each image, too, which takes six times as long.

    Raises:
        UserError: no folder, or fewer images in it to compare.
    """
    found = tree.find(folder)
    names, files, sizes = [], [], Counter()
    side = model.config.manipulations.output_size

    def images():
        for image, shape in found.squares(side, desc="embedding"):
            names.append(image.name)
            files.append(image.file)
            sizes["x".join(map(str, shape[::-1]))] += 1
            yield image.pixels
            if crops:
                yield from cropping.cut(image.pixels)

    embeddings = embed(model, images())
    if len(names) < fewest:
        needed = "pairs need two" if fewest == 2 else f"at least {fewest} is needed"
        raise UserError(
            f"{found.root} holds {len(names)} image(s) to compare of {found.found} "
            f"({len(found.unreadable)} unreadable, {len(found.blank)} blank): {needed}"
        )
    named = [_label(found.labels[file], file, labels) for file in files]
    views = embeddings.reshape(len(names), -1, embeddings.shape[1])
    return Collection(
        forensic=model.metric,
        embeddings=views[:, 0],
        names=np.array(names),
        labels=np.array(named),
        summary={
            "folder": str(found.root),
            "labels": labels if any(named) else "none",
            "images": len(names),
            "sizes": dict(sizes.most_common()),
            **found.left_out(),
        },
        record=record,
        crops=views[:, 1:] if crops else None,
    )


def _label(label: tree.Label, file: str, which: str) -> str:
    source = UNLABELLED if label.source == file else label.source  # of which it is the only image
    return {"class": label.name or UNLABELLED, "source": source, "none": UNLABELLED}[which]


def save(collection: Collection, path: str | os.PathLike) -> None:
    """Writes a collection to an .npz file that holds no pickles.

    Raises:
        UserError: it can't be written.
    """
    forensic = collection.forensic
    crops: dict = {} if collection.crops is None else {_CROPS: collection.crops}
    with atomic.writing(path, "wb") as file:
        np.savez(
            file,
            **crops,
            format=np.array(_FORMAT),
            alpha=forensic.alpha,
            offset=np.float32(0 if forensic.offset is None else forensic.offset),
            squared=np.array(forensic.squared),
            embeddings=collection.embeddings,
            names=collection.names,
            labels=collection.labels,
            summary=np.array(json.dumps(collection.summary)),
            record=np.array(json.dumps(collection.record)),
        )


def load(path: str | os.PathLike) -> Collection:
    """Reads what `save` wrote.

    Raises:
        UserError: the file is missing, of another kind, or its arrays don't fit together.
    """
    with npz.opened(path) as arrays:
        form = arrays.headers.get("format")
        if form is None or form.nbytes > _MAX_FORMAT or str(arrays.read("format")) != _FORMAT:
            raise UserError(
                f"{path} holds no embeddings: name a file that `imgforensics pairwise` wrote"
            )
        if problem := _problem(arrays.headers):
            raise UserError(f"{path} is damaged: {problem}; embed the images again")
        entries = {name: arrays.read(name) for name in _DIMENSIONS}
        crops = arrays.read(_CROPS) if _CROPS in arrays.headers else None
    try:
        summary, record = (reading.parse(str(entries[name])) for name in ("summary", "record"))
        if not isinstance(summary, dict) or not isinstance(record, dict):
            raise ValueError("its summary or record is no JSON object")
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}; embed the images again") from error
    for name in ("embeddings", "alpha", "offset"):
        ranking.check_finite(np.atleast_1d(entries[name]), f"{name} in {path}")
    if crops is not None:
        ranking.check_finite(crops, f"{_CROPS} in {path}")
    forensic = metric.Metric(entries["alpha"], entries["offset"], bool(entries["squared"]))
    embeddings, names, labels = (entries[name] for name in ("embeddings", "names", "labels"))
    return Collection(forensic, embeddings, names, labels, summary, record, crops)


def _problem(headers) -> str | None:
    """What is wrong with the arrays of a file, by their headers."""
    for name, (kind, dimensions) in _DIMENSIONS.items():
        header = headers.get(name)
        if header is None or kind not in (header.dtype.kind, header.dtype.str):
            return f"it has no {name}, or of another type"
        if len(header.shape) != dimensions:
            return f"its {name} are of another shape"
        if not dimensions and header.nbytes > _MAX_TEXT:
            return f"its {name} is too long"
    lengths = {headers[name].shape[0] for name in ("embeddings", "names", "labels")}
    if len(lengths) > 1 or headers["embeddings"].shape[1:] != headers["alpha"].shape:
        return "its arrays don't fit together"
    crops, (count, features) = headers.get(_CROPS), headers["embeddings"].shape
    if crops and (crops.dtype.str, crops.shape) != ("<f4", (count, cropping.CROPS, features)):
        return f"its {_CROPS} are of another type or shape"
    return None


def protocol(
    forensic: metric.Metric, embeddings: np.ndarray, labels: np.ndarray, most: int = 0
) -> tuple[dict, tuple[np.ndarray, ...]]:
    """Judges all N (N - 1) / 2 pairs; those of one label count as copies.

    Where no image has a label nothing is judged, since nobody says which pairs are copies; of how
    many of them f is at most each threshold is told instead.

    The bootstrap draws labels, and an image without company in its label as one. Thresholds are the
    f of the copies and some steps up to 2, so that all numbers are exact; of more than 480 copies
    they are a sample (of all pairs, if there are no copies). Then counts are exact at each
    threshold, and areas are lower bounds.

    Args:
        forensic: the metric.
        embeddings: float [N, D].
        labels: str [N]; images with the label `UNLABELLED` have no copies.
        most: how many of the closest pairs to list.

    Returns:
        Plain values: how many images and labels; whether the numbers are `exact`, else how many
        thresholds there are; what `scores.report` tells. Without labels: the `pairs`, and their
        `distribution`. And the closest pairs, as from `pairwise.closest`.

    Raises:
        UserError: there are fewer than two images, or numbers that are not finite.
    """
    if len(embeddings) < 2:
        raise UserError(f"{len(embeddings)} image(s) make no pair: give two or more")
    units, lone = _units(labels)
    labelled = lone < len(units)
    layout = all_pairs.arrange(forensic, embeddings, seconds=None, keys=[units], units=units)
    first, second, exact = _some_copies(units)
    sample = all_pairs.scores(forensic, embeddings[first], [embeddings[second]])
    edges = np.unique(np.concatenate([ranking.thresholds(sample), _STEPS]))
    counts = all_pairs.count(layout, edges, bootstrap=labelled)
    record = {"images": len(units), "thresholds": len(edges)}
    if labelled:
        sizes = Counter(units.tolist()).values()
        record |= {
            "labels": len(sizes) - lone,
            "labels_of_one_image": sum(size == 1 for size in sizes) - lone,
            "unlabelled": lone,
            "exact": exact,
            **ranking.report(
                ranking.Histogram(edges, *counts.pairs),
                ranking.Histogram(edges, *counts.replicates.swapaxes(0, 1)),
            ),
        }
    else:
        record |= {"labels": 0, "unlabelled": lone, **_distribution(counts)}
    return record, all_pairs.closest(layout, counts.minima, most)


def _units(labels) -> tuple[np.ndarray, int]:
    """int [N], equal where labels are and else not; and how many images have no label."""
    labels = np.asarray(labels).astype(str)
    alone = labels == UNLABELLED
    units = np.unique(labels, return_inverse=True)[1]
    units[alone] = len(labels) + np.arange(alone.sum())
    return units, int(alone.sum())


def _distribution(counts: all_pairs.Counts) -> dict:
    """Of how many pairs f is at most each threshold, where nobody says which are copies."""
    within = np.cumsum(counts.pairs.sum(axis=0))
    return {
        "pairs": int(within[-1]),
        "distribution": {"threshold": counts.edges.tolist(), "pairs": within[:-1].tolist()},
    }


def write_pairs(
    collection: Collection,
    closest: tuple[np.ndarray, ...],
    path: str | os.PathLike,
    score: np.ndarray | None = None,
) -> None:
    """Writes pairs as CSV with the columns a, b, label_a, label_b, f and likelihood.

    Cells that a spreadsheet would compute are defused, see `utils.tables`.

    Args:
        collection: whose they are.
        closest: f, and the numbers of the first and second images.
        path: of the file.
        score: float [P], by which they are ordered if not by f; one more column.

    Raises:
        UserError: it can't be written.
    """
    f, first, second = closest
    columns = collection.names, collection.labels
    pairs = [column[chosen] for column in columns for chosen in (first, second)]
    named = dict(zip(_HEADER[-2:], (f, np.asarray(metric.likelihood(f)))))
    if score is not None:
        named["score"] = score
    numbers = (map("{:.9g}".format, some) for some in named.values())
    with atomic.writing(path) as file:
        tables.write(file, [(*_HEADER[:-2], *named), *zip(*pairs, *numbers)])


def _some_copies(units):
    """The numbers of the images of all pairs of one unit, or of a sample; and whether it's all.

    Without such pairs it is a sample of all pairs.
    """
    number = np.unique(units, return_inverse=True)[1]
    order, sizes = np.argsort(number, kind="stable"), np.bincount(number)
    starts, pairs = np.cumsum(sizes) - sizes, sizes * (sizes - 1) // 2
    copies = pairs.sum()
    if not copies:  # all images are as if of one label
        starts, pairs = np.zeros(1, int), np.array([len(units) * (len(units) - 1) // 2])
    if pairs.sum() <= _SAMPLE:
        chosen = np.arange(pairs.sum())
    else:
        chosen = np.random.RandomState(0).randint(pairs.sum(), size=_SAMPLE)
    ends = np.cumsum(pairs)
    label = np.searchsorted(ends, chosen, side="right")
    # The pairs (0, 1), (0, 2), (1, 2), (0, 3), ... of a label's images.
    place = chosen - (ends - pairs)[label]
    later = ((1 + np.sqrt(1 + 8 * place)) / 2).astype(int)
    earlier = place - later * (later - 1) // 2
    return order[starts[label] + earlier], order[starts[label] + later], bool(copies <= _SAMPLE)
