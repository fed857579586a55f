"""For each image of a collection, those of the same or another one that are nearest by f."""

import csv
import os

import jax
import numpy as np
import tqdm

from imgforensics.evaluation.collection import Collection
from imgforensics.inference.nearest import nearest
from imgforensics.metrics.ranking import check_finite
from imgforensics.models import metric
from imgforensics.utils import atomic

_QUERIES = 1024  # that are searched at once, between two steps of the progress bar


def find(
    images: Collection, k: int, queries: Collection | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the k nearest of the images for each query, exactly.

    Every query is compared with every image. Memory grows with the number of images and with that
    of queries, and not with their product.

    Args:
        images: among which to search.
        k: how many to find; where there are fewer, all are found.
        queries: embedded by the same model; None for the images themselves, each of which is
            compared with all others.

    Returns:
        f, float32 [Q, k'], in ascending order, and the numbers of the images, int32 [Q, k'].

    Raises:
        UserError: numbers of an embedding are not finite, or there is nothing to choose from.
    """
    wanted = images.embeddings if queries is None else queries.embeddings
    for embeddings in (images.embeddings, wanted):
        check_finite(embeddings, "embeddings")
    count, size = len(wanted), min(_QUERIES, len(wanted))
    choices = len(images.embeddings) - (queries is None)
    index, found = jax.device_put(images.embeddings), []
    with tqdm.tqdm(total=count, desc="searching", unit=" images", leave=False) as bar:
        for start in range(0, count, size):
            # All calls are of one shape, and so of one program.
            some = np.arange(start, start + size)
            own = some if queries is None else None
            found.append(
                nearest(images.forensic, wanted[some % count], index, max(1, min(k, choices)), own)
            )
            jax.block_until_ready(found[-1])
            bar.update(min(size, count - start))
    f, numbers = (np.concatenate(part)[:count] for part in zip(*found))
    return f, numbers


def write(
    images: Collection,
    queries: Collection,
    found: tuple[np.ndarray, np.ndarray],
    path: str | os.PathLike,
    scores: np.ndarray | None = None,
) -> None:
    """Writes what `find` found as CSV with the columns query, rank, image, f and likelihood.

    Args:
        images, queries: as for `find`; the same collection where there were no queries.
        found: by it.
        path: of the file.
        scores: float [Q, k], by which images are ranked if not by f; one more column.

    Raises:
        UserError: it can't be written.
    """
    f, numbers = found
    ranks = np.arange(1, f.shape[1] + 1)
    with atomic.writing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = {"f": f, "likelihood": np.asarray(metric.likelihood(f))}
        if scores is not None:
            columns["score"] = scores
        writer.writerow(("query", "rank", "image", *columns))
        for query, chosen, *of_query in zip(queries.names, numbers, *columns.values()):
            values = (map("{:.9g}".format, column) for column in of_query)
            writer.writerows(zip([query] * len(ranks), ranks, images.names[chosen], *values))
