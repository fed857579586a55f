"""Contrastive losses and Koch's cross-entropy, against loops and numbers by hand."""

import math

import jax.numpy as jnp
import loops
import numpy as np
import pytest
from loops import EMBEDDINGS, FORENSIC, settings

from imgforensics.losses.alpha_triplet import alpha_triplet
from imgforensics.losses.contrastive import contrastive_exponential, contrastive_margin
from imgforensics.losses.koch import koch
from imgforensics.models.metric import Metric

# Distances of 3 to the same and of 1 to the different image.
BY_HAND = np.array([[[0.0, 0.0]], [[1.0, -2.0]], [[0.5, 0.5]]], np.float32)


def loop_exponential(anchor, same, different, q):
    copies, others = loops.l1(anchor, same), loops.l1(anchor, different)
    return (2 / q) * copies**2 + 2 * q * math.exp(-2.77 / q * others)


def loop_margin(anchor, same, different, margin):
    copies, others = loops.l1(anchor, same), loops.l1(anchor, different)
    return 0.5 * copies**2 + 0.5 * max(0.0, margin - others) ** 2


@pytest.mark.parametrize("parameter", [0.5, 6.0, 20.0])
@pytest.mark.parametrize(
    "loss,loop", [(contrastive_exponential, loop_exponential), (contrastive_margin, loop_margin)]
)
def test_contrastive_loss_is_that_of_the_loop(loss, loop, parameter):
    expected = [loop(*triplet, parameter) for triplet in zip(*EMBEDDINGS)]
    found = loss(FORENSIC, EMBEDDINGS, settings(contrastive_margin=parameter))
    assert found.shape == (loops.COUNT,)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_contrastive_losses_by_hand():
    for loss, parameter, expected in (
        (contrastive_exponential, 2.0, 9 + 4 * math.exp(-1.385)),
        (contrastive_margin, 4.0, 4.5 + 4.5),
        (contrastive_margin, 1.0, 4.5),  # beyond the margin the different image doesn't matter
    ):
        found = loss(FORENSIC, BY_HAND, settings(contrastive_margin=parameter))
        np.testing.assert_allclose(found, [expected], rtol=1e-6)


def loop_koch(alpha, bias, anchor, same, different):
    copies, others = (
        bias + sum(-a * abs(x - y) for a, x, y in zip(alpha, anchor, second, strict=True))
        for second in (same, different)
    )
    return loops.cross_entropy(copies, True) + loops.cross_entropy(others, False)


@pytest.mark.parametrize("bias", [0.0, 1.7, -2.0])
def test_koch_is_that_of_the_loop(bias):
    alpha = FORENSIC.alpha.astype(np.float64)
    triplets = zip(*EMBEDDINGS.astype(np.float64))
    expected = [loop_koch(alpha, bias, *triplet) for triplet in triplets]
    found = koch(Metric(FORENSIC.alpha, jnp.float32(1 - bias)), EMBEDDINGS, settings())
    assert found.shape == (loops.COUNT,)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_papers_loss_is_that_of_koch_with_a_bias_of_one():
    np.testing.assert_allclose(
        koch(Metric(FORENSIC.alpha, jnp.float32(0)), EMBEDDINGS, settings()),
        alpha_triplet(FORENSIC, EMBEDDINGS, settings()),
        rtol=1e-6,
    )
