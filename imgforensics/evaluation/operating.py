"""Where f says "copy": alpha is scaled on validation pairs so that the threshold is 1.

Losses that order pairs leave open how large f is. What is scaled is alpha alone, so that neither
the order of pairs nor the embeddings change.
"""

import numpy as np

from imgforensics.data.micrographs import Micrographs
from imgforensics.evaluation import crossed
from imgforensics.inference.weights import Model
from imgforensics.metrics import ranking
from imgforensics.models import metric


def scale_alpha(
    model: Model, micrographs: Micrographs, indices: np.ndarray, rate: float
) -> tuple[Model, dict]:
    """Scales a model's f so that a share of the pairs of different images has f <= 1.

    Args:
        model: what is scaled; its config says how copies are made.
        micrographs: where the images come from.
        indices: int [n], the validation split of `micrographs`.
        rate: the false-positive rate among all pairs of different images, > 0.

    Returns:
        The model with another alpha, and plain values: the threshold by which f was divided, and
        the true- and false-positive rates there, overall and among images of one class and of one
        source.

    Raises:
        UserError: there are too few images, or too few pairs for such a rate.
    """
    embedded = crossed.embed_split(model, micrographs, indices)
    record = {"rate": rate, "images": len(indices)}
    counts = crossed.histograms(model.metric, embedded)
    found, number = ranking.best_threshold(counts["random"], rate)
    threshold = float(counts["random"].edges[number])
    record |= {"threshold": threshold, "true_positive_rate": float(found)}
    for name, counted in counts.items():
        record[f"false_positive_rate_{name}"] = float(ranking.rates(counted, threshold)[1])
    kind = model.config.model.metric
    params, moments = metric.rescale(kind, model.params, model.moments, threshold)
    return model._replace(params=params, moments=moments), record
