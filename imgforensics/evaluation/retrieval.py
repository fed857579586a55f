"""Retrieval: is the mate of a query among the nearest images of a gallery?

`protocol` looks for the manipulated copy of each anchor among all copies and further distractors.
`nearest` is the authors' V02 test: for a random image of each class, another random image of that
class is looked for among one image of every class.
"""

from collections.abc import Sequence

import numpy as np
import tqdm

from imgforensics.evaluation.crossed import Crossed
from imgforensics.evaluation.real import draw_pairs
from imgforensics.inference import all_pairs
from imgforensics.metrics import intervals
from imgforensics.models.metric import Metric

_PLACES = (1, 5)


def protocol(
    forensic: Metric, crossed: Crossed, distractors: Sequence[np.ndarray] | None = None
) -> dict:
    """Looks for each anchor's copy among the copies of all images and of distractors.

    Among equal f the copy comes last. The intervals are bootstraps over the source images of the
    queries; the gallery stays the same.

    Args:
        forensic: the metric.
        crossed: from `crossed.embed_split`.
        distractors: float [M, D] for each branch, from `crossed.embed_distractors`.

    Returns:
        Plain values: how many queries, and distractors for each; recall at 1 and at 5 and the mean
        average precision (here the mean of 1 / rank) with intervals; the rank of each query's copy.
    """
    gallery = crossed.seconds
    if distractors is not None:
        gallery = [np.concatenate(views) for views in zip(gallery, distractors)]
    count = len(crossed.first)
    ranks = all_pairs.ranks(forensic, crossed.first, gallery, np.arange(count))
    record: dict = {"queries": count, "distractors": len(gallery[0]) - 1}
    measures = {f"recall_at_{place}": ranks <= place for place in _PLACES}
    for name, values in (measures | {"mean_average_precision": 1 / ranks}).items():
        record[name] = float(np.mean(values))
        record[f"{name}_interval"] = intervals.of_mean(values, crossed.sources)
    return record | {"ranks": ranks.tolist()}


def nearest(
    forensic: Metric,
    first: np.ndarray,
    seconds: Sequence[np.ndarray],
    labels: np.ndarray,
    runs: int,
    seed: int,
) -> dict:
    """Looks for an image's mate among one image of every class, in repeated runs.

    The pairs are those of `real.protocol` with the same seed. Among equal f the mate comes last.
    The intervals are bootstraps over classes.

    Args:
        forensic: the metric.
        first: float [n, D], the embeddings of all images as queries.
        seconds: float [n, D] for each branch, of all images as members of the gallery.
        labels: str [n], the class of each image; two classes or more, of two images or more.
        runs: how often, at least 1.
        seed: of the draws.

    Returns:
        Plain values: how many classes; the share of mates that are nearest (`top_1`) and among the
        five nearest (`top_5`), with intervals; of every run the rank of each class's mate.
    """
    rng = np.random.RandomState(seed)
    found = []
    for _ in tqdm.trange(runs, desc="nearest, runs", unit=" runs"):
        queries, mates, _ = draw_pairs(labels, rng)
        gallery = [view[mates] for view in seconds]
        found.append(all_pairs.ranks(forensic, first[queries], gallery, np.arange(len(mates))))
    ranks = np.array(found)  # [runs, classes]
    record: dict = {"classes": ranks.shape[1], "runs": runs}
    for place in _PLACES:
        values = (ranks <= place).mean(axis=0)
        record[f"top_{place}"] = float(values.mean())
        record[f"top_{place}_interval"] = intervals.of_mean(values, np.arange(len(values)))
    return record | {"ranks": ranks.tolist()}
