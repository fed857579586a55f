"""A collection of images, each compared with each: how f is distributed, and the closest pairs."""

import csv
import json
import os
import pathlib
from collections import Counter
from typing import NamedTuple

import numpy as np
import tqdm

from imgforensics.data.folder import image_files, labels_of
from imgforensics.images.fit import fit_square
from imgforensics.images.gray import read_gray
from imgforensics.inference import all_pairs
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.metrics import ranking
from imgforensics.models import metric
from imgforensics.utils import atomic, npz, reading
from imgforensics.utils.errors import UserError

_FORMAT = "imgforensics embeddings 1"
_MAX_FORMAT, _MAX_TEXT = 1000, 2**28  # bytes
# The dtype, or its kind, and the number of dimensions of what is kept of a collection.
_DIMENSIONS = {
    "alpha": ("<f4", 1), "offset": ("<f4", 0), "squared": ("b", 0), "embeddings": ("<f4", 2),
    "names": ("U", 1), "labels": ("U", 1), "summary": ("U", 0), "record": ("U", 0),
}  # fmt: skip
_SAMPLE = 480  # pairs, whose f are thresholds
_STEPS = np.arange(1, 21, dtype=np.float32) / 10  # thresholds besides


class Collection(NamedTuple):
    """Embedded images.

    Attributes:
        forensic: the metric that compares them.
        embeddings: float32 [N, D], by the moments of the anchor's branch.
        names: str [N], the path of each image.
        labels: str [N], what each image is of.
        summary: what was read, what was skipped and why, as plain values.
        record: of the model, from `results.record`.
    """

    forensic: metric.Metric
    embeddings: np.ndarray
    names: np.ndarray
    labels: np.ndarray
    summary: dict
    record: dict


def read(model: Model, record: dict, folder: str | os.PathLike, labels: str) -> Collection:
    """Reads and embeds all images of a folder, one after another.

    An image of another size than the network's input is cut to its largest central square and
    resized. Images that can't be read are left out, named and counted.

    Args:
        model: what embeds.
        record: of the model, to be kept with the embeddings.
        folder: root of the tree, PNG, JPEG or TIFF.
        labels: 'class' or 'source', as `data.folder` takes them from sub-folders or a manifest, or
            'none', with which each image has a label of its own.

    Raises:
        UserError: no folder, or fewer than two readable images in it.
    """
    root = pathlib.Path(folder)
    files, skipped = image_files(root)
    known = labels_of(root, files)
    skipped["not named in the manifest"] = len(files) - len(known.keys() & set(files))
    kept, unreadable, sizes = [], {}, Counter()

    def images():
        for file in tqdm.tqdm(files, desc="embedding", unit=" images"):
            if file in known:
                try:
                    image = read_gray(root / file)
                except UserError as error:
                    unreadable[file] = str(error).removeprefix(f"cannot read {root / file}: ")
                    continue
                kept.append(file)
                sizes["x".join(map(str, image.shape[::-1]))] += 1
                yield fit_square(image, model.config.manipulations.output_size)

    embeddings = embed(model, images())
    if len(kept) < 2:
        raise UserError(
            f"{root} holds {len(kept)} readable image(s) of {len(files)} "
            f"({len(unreadable)} unreadable): pairs need two"
        )
    choose = {"class": lambda file: known[file][0], "source": lambda file: known[file][1]}
    return Collection(
        model.metric,
        embeddings,
        np.array(kept),
        np.array([choose.get(labels, str)(file) for file in kept]),
        {
            "folder": str(root),
            "labels": labels,
            "images": len(kept),
            "sizes": dict(sizes.most_common()),
            "skipped": {reason: count for reason, count in skipped.items() if count},
            "unreadable": unreadable,
        },
        record,
    )


def save(collection: Collection, path: str | os.PathLike) -> None:
    """Writes a collection to an .npz file that holds no pickles.

    Raises:
        UserError: it can't be written.
    """
    forensic = collection.forensic
    with atomic.writing(path, "wb") as file:
        np.savez(
            file,
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
                f"{path} holds no embeddings: name a file that experiments.pairwise wrote"
            )
        if problem := _problem(arrays.headers):
            raise UserError(f"{path} is damaged: {problem}; embed the images again")
        entries = {name: arrays.read(name) for name in _DIMENSIONS}
    try:
        summary, record = (reading.parse(str(entries[name])) for name in ("summary", "record"))
        if not isinstance(summary, dict) or not isinstance(record, dict):
            raise ValueError("its summary or record is no JSON object")
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}; embed the images again") from error
    for name in ("embeddings", "alpha", "offset"):
        ranking.check_finite(np.atleast_1d(entries[name]), f"{name} in {path}")
    forensic = metric.Metric(entries["alpha"], entries["offset"], bool(entries["squared"]))
    columns = (entries[name] for name in ("embeddings", "names", "labels"))
    return Collection(forensic, *columns, summary, record)


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
    return None


def protocol(
    forensic: metric.Metric, embeddings: np.ndarray, labels: np.ndarray, most: int = 0
) -> tuple[dict, tuple[np.ndarray, ...]]:
    """Judges all N (N - 1) / 2 pairs; those of one label count as copies.

    The bootstrap draws labels, and an image without company in its label as one. Thresholds are the
    f of the copies and some steps up to 2, so that all numbers are exact; of more than 480 copies
    they are a sample (of all pairs, if there are no copies). Then counts are exact at each
    threshold, and areas are lower bounds.

    Args:
        forensic: the metric.
        embeddings: float [N, D].
        labels: str [N].
        most: how many of the closest pairs to list.

    Returns:
        Plain values: how many images and labels; whether the numbers are `exact`, else how many
        thresholds there are; what `scores.report` tells. And the closest pairs, as from
        `pairwise.closest`.

    Raises:
        UserError: there are fewer than two images, or numbers that are not finite.
    """
    if len(embeddings) < 2:
        raise UserError(f"{len(embeddings)} image(s) make no pair: give two or more")
    layout = all_pairs.arrange(forensic, embeddings, None, [labels], labels)
    first, second, exact = _some_copies(labels)
    sample = all_pairs.scores(forensic, embeddings[first], [embeddings[second]])
    edges = np.unique(np.concatenate([ranking.thresholds(sample), _STEPS]))
    counts = all_pairs.count(layout, edges, bootstrap=True)
    report = ranking.report(
        ranking.Histogram(edges, *counts.pairs),
        ranking.Histogram(edges, *counts.replicates.swapaxes(0, 1)),
    )
    sizes = Counter(labels.tolist()).values()
    record = {
        "images": len(labels),
        "labels": len(sizes),
        "labels_of_one_image": sum(size == 1 for size in sizes),
        "exact": exact,
        "thresholds": len(edges),
        **report,
    }
    return record, all_pairs.closest(layout, counts.minima, most)


def write_pairs(
    collection: Collection, closest: tuple[np.ndarray, ...], path: str | os.PathLike
) -> None:
    """Writes pairs as CSV with the columns a, b, label_a, label_b, f and likelihood.

    Raises:
        UserError: it can't be written.
    """
    f, first, second = closest
    with atomic.writing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("a", "b", "label_a", "label_b", "f", "likelihood"))
        columns = collection.names, collection.labels
        pairs = [column[chosen] for column in columns for chosen in (first, second)]
        numbers = (map("{:.9g}".format, some) for some in (f, np.asarray(metric.likelihood(f))))
        writer.writerows(zip(*pairs, *numbers))


def _some_copies(labels):
    """The numbers of the images of all pairs of one label, or of a sample; and whether it's all.

    Without such pairs it is a sample of all pairs.
    """
    number = np.unique(labels, return_inverse=True)[1]
    order, sizes = np.argsort(number, kind="stable"), np.bincount(number)
    starts, pairs = np.cumsum(sizes) - sizes, sizes * (sizes - 1) // 2
    copies = pairs.sum()
    if not copies:  # all images are as if of one label
        starts, pairs = np.zeros(1, int), np.array([len(labels) * (len(labels) - 1) // 2])
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
