"""The alpha loss over all pairs and FaceNet's loss, against loops over the whole batch."""

import jax
import loops
import numpy as np
import pytest
from loops import EMBEDDINGS, FORENSIC, settings

from imgforensics.losses.alpha_mutual import alpha_mutual
from imgforensics.losses.alpha_pairs import alpha_pairs
from imgforensics.losses.alpha_softmax import alpha_softmax
from imgforensics.losses.alpha_triplet import alpha_triplet
from imgforensics.losses.facenet import facenet
from imgforensics.models import metric

pytestmark = pytest.mark.usefixtures("hardly_optimized")

ANCHORS, SAME, DIFFERENT = EMBEDDINGS


def loop_alpha_pairs(number, negatives, hardness):
    anchor = ANCHORS[number]
    copies = loops.f(FORENSIC, anchor, SAME[number])
    total = weight = 0.0
    for other in loops.others(EMBEDDINGS, number)[: negatives or None]:
        distance = loops.f(FORENSIC, anchor, other)
        total += np.exp(-hardness * distance) * loops.cross_entropy(1 - distance, False)
        weight += np.exp(-hardness * distance)
    return loops.cross_entropy(1 - copies, True) + total / weight


@pytest.mark.parametrize(
    "negatives,hardness", [(0, 0.0), (0, 0.8), (1, 0.8), (2, 0.0), (7, 0.0), (10, 0.8), (13, 0.0)]
)
def test_alpha_pairs_is_that_of_the_loop(negatives, hardness):
    expected = [loop_alpha_pairs(number, negatives, hardness) for number in range(loops.COUNT)]
    config = settings(negatives=negatives, hardness=hardness)
    found = alpha_pairs(FORENSIC, EMBEDDINGS, config)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_alpha_pairs_with_one_negative_is_the_papers_loss():
    np.testing.assert_allclose(
        alpha_pairs(FORENSIC, EMBEDDINGS, settings(negatives=1, hardness=3.0)),
        alpha_triplet(FORENSIC, EMBEDDINGS, settings()),
        rtol=1e-6,
    )


@pytest.mark.parametrize("negatives", [0, 1, 5])
def test_alpha_softmax_is_that_of_the_loop(negatives):
    each = alpha_softmax(FORENSIC, EMBEDDINGS, settings(negatives=negatives))
    for number, found in enumerate(each):
        copies = np.exp(-loops.f(FORENSIC, ANCHORS[number], SAME[number]))
        others = sum(
            np.exp(-loops.f(FORENSIC, ANCHORS[number], other))
            for other in loops.others(EMBEDDINGS, number)[: negatives or None]
        )
        np.testing.assert_allclose(found, -np.log(copies / (copies + others)), rtol=1e-4)


def test_alpha_mutual_is_that_of_the_loop():
    def share(one, number, candidates):
        each = [np.exp(-loops.f(FORENSIC, one, candidate)) for candidate in candidates]
        return each[number] / sum(each)

    for number, found in enumerate(alpha_mutual(FORENSIC, EMBEDDINGS[:2], settings())):
        forth, back = (share(ANCHORS[number], number, SAME), share(SAME[number], number, ANCHORS))
        np.testing.assert_allclose(found, -np.log(forth * back) / 2, rtol=1e-4)


UNIT = np.asarray(metric.unit(EMBEDDINGS))


def facenet_loss(embeddings, **fields):
    return facenet(FORENSIC, embeddings, settings(**fields))


def loop_facenet(embeddings, number, margin, mining, negatives=0):
    anchors, same, _ = embeddings
    copies = loops.squared_l2(anchors[number], same[number])
    candidates = [
        loops.squared_l2(anchors[number], other)
        for other in loops.others(embeddings, number)[: negatives or None]
    ]
    if mining == "semi_hard":
        candidates = sorted(distance for distance in candidates if distance > copies)[:1]
    if mining == "hard":
        candidates = [min(candidates)]
    violations = [copies - distance + margin for distance in candidates]
    violations = [violation for violation in violations if violation > 0]
    return sum(violations) / len(violations) if violations else 0.0


@pytest.mark.parametrize("mining", ["semi_hard", "hard", "all"])
@pytest.mark.parametrize("margin,negatives", [(0.2, 0), (1.0, 0), (0.2, 4), (1.0, 1)])
def test_facenet_is_that_of_the_loop(mining, margin, negatives):
    expected = [
        loop_facenet(UNIT, number, margin, mining, negatives) for number in range(loops.COUNT)
    ]
    found = facenet_loss(UNIT, margin=margin, mining=mining, negatives=negatives)
    assert any(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mining", ["semi_hard", "hard", "all"])
def test_without_a_valid_triplet_loss_and_gradient_are_zero(mining):
    """Two anchors that equal their same images, at right angles: all others are too far away."""
    apart = np.repeat(np.eye(4, dtype=np.float32)[None], 3, axis=0)[:, :2]
    apart[2] = -apart[0]
    value, gradient = jax.value_and_grad(lambda e: facenet_loss(e, mining=mining).sum())(apart)
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(apart))


def test_without_a_semi_hard_triplet_loss_and_gradient_are_zero():
    """Same images are opposite to their anchors, so that none can be farther away."""
    anchors = np.eye(4, dtype=np.float32)[:2]
    opposite = np.stack([anchors, -anchors, anchors[::-1]])
    value, gradient = jax.value_and_grad(lambda e: facenet_loss(e, mining="semi_hard").sum())(
        opposite
    )
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(opposite))
    assert facenet_loss(opposite, mining="hard").min() > 1
