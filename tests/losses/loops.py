"""Losses as loops over numbers, in Python's float64, and the embeddings that they are tried on."""

import numpy as np

from configs import common
from imgforensics.models.metric import Metric

COUNT = 7
# Some same images are farther away than some others; weights have both signs.
EMBEDDINGS = np.random.default_rng(0).normal(size=(3, COUNT, 5)).astype(np.float32)
FORENSIC = Metric(np.random.default_rng(1).normal(size=5).astype(np.float32))


def settings(**fields):
    """What a loss takes as its config, with some fields set."""
    config = common.get_config().loss
    config.update(fields)
    return config


def l1(first, second):
    return sum(abs(float(x) - float(y)) for x, y in zip(first, second, strict=True))


def squared_l2(first, second):
    return sum((float(x) - float(y)) ** 2 for x, y in zip(first, second, strict=True))


def f(forensic, first, second):
    pairs = zip(forensic.alpha, first, second, strict=True)
    return sum(float(a) * abs(float(x) - float(y)) for a, x, y in pairs)


def cross_entropy(logit, is_copy):
    """-log of the probability that sigmoid(logit) gives to what the pair is."""
    probability = 1 / (1 + np.exp(-logit))
    return -np.log(probability if is_copy else 1 - probability)


def others(embeddings, number):
    """All manipulated images that are no copy of an anchor, those of its own triplet first."""
    _, same, different = embeddings
    count = len(same)
    following = [(number + step) % count for step in range(count)]
    return [different[i] for i in following] + [same[i] for i in following[1:]]
