"""Comparison 4: exact search by the forensic metric, against FAISS with its L1 metric."""

import faiss
import jax
import numpy as np

from experiments.benchmarks import timing
from experiments.benchmarks.agreement import require
from imgforensics.inference.nearest import nearest
from imgforensics.models.metric import Metric

FAISS = "FAISS IndexFlat, METRIC_L1"
_FEATURES = 128
_TOLERANCE = 1e-4  # relative, of float32 distances


def compare(seed: int, repeats: int, queries: int = 1000, size: int = 100_000, k: int = 10) -> dict:
    """Checks that both find the same neighbours, then times them.

    FAISS has no weights: it is given the vectors times alpha, which is the same for alpha > 0.

    Args:
        seed: of vectors and alpha.
        repeats: timed searches of each.
        queries, size, k: how many queries, rows of the index, and neighbours.

    Returns:
        The comparison's record.

    Raises:
        UserError: the neighbours differ.
    """
    random = np.random.default_rng(seed)
    wanted, rows = (
        random.normal(size=(count, _FEATURES)).astype(np.float32) for count in (queries, size)
    )
    alpha = random.uniform(0.5, 1.5, _FEATURES).astype(np.float32)
    index = faiss.IndexFlat(_FEATURES, faiss.METRIC_L1)
    index.add(alpha * rows)
    on_device = jax.device_put((Metric(alpha), wanted, rows))

    def ours():
        return jax.block_until_ready(nearest(*on_device, k))

    def peer():
        return index.search(alpha * wanted, k)

    checks = _check(ours(), peer())
    seconds = timing.by_turns({"ours": ours, FAISS: peer}, repeats, "search")
    amount = {"amount": queries * size, "unit": "pairs"}
    rates = timing.against(
        timing.rate(
            seconds=seconds["ours"], includes="rearranging the index, and the search", **amount
        ),
        {
            FAISS: timing.rate(
                seconds=seconds[FAISS], includes="the search in an index made before", **amount
            )
        },
    )
    return {"checks": checks, "queries": queries, "rows": size, "k": k} | rates


def _check(ours, theirs):
    """The same distances, and the same rows but for those at equal distances."""
    distances, expected = np.asarray(ours[0]), theirs[0]
    largest = np.abs(distances - expected).max() / expected.max()
    other = np.mean(np.asarray(ours[1]) != theirs[1])
    return [
        require("distances of FAISS's neighbours and ours", largest, _TOLERANCE),
        require("rows of FAISS's neighbours and ours", other, 1e-3),
    ]
