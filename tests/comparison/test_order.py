"""The order of two images changes nothing but which is called the first."""

import cv2
import numpy as np
import pytest

from imgforensics import pretrained
from imgforensics.comparison import report
from imgforensics.comparison.compare import compare
from imgforensics.inference import weights
from imgforensics.verification import calibration, evidence, verified

SIDE = 128


def texture(rng, grain):
    soft = cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)).astype(np.float32), (0, 0), grain)
    return levels(128 + 50 * soft / soft.std())


def levels(image):
    return image.clip(0, 255).astype(np.uint8)


def moved(rng, image):
    centre = (SIDE / 2, SIDE / 2)
    turn = cv2.getRotationMatrix2D(centre, rng.uniform(-40, 40), rng.uniform(0.8, 1.2))
    return cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_CUBIC)


def drawn_pairs(count):
    """Copies, pictures with a part in common, and different ones of one kind, in turn."""
    rng = np.random.default_rng(0)
    for number in range(count):
        grain = rng.uniform(1.5, 6)
        first, other = texture(rng, grain), texture(rng, grain)
        copy = moved(rng, first)
        if number % 3 == 1:
            copy[:, SIDE // 2 :] = other[:, SIDE // 2 :]
        elif number % 3 == 2:
            copy = levels(0.5 * other + 0.5 * texture(rng, 2 * grain))
        noise = rng.normal(0, 4, (SIDE, SIDE))
        yield first, levels(copy + noise)


def check_evidence(pairs):
    found = []
    for pair in pairs:
        first, second = map(evidence.prepare, pair)
        there, back = evidence.gather(first, second), evidence.gather(second, first)
        assert there[1:] == back[1:]  # all but the matrix, to the last bit
        if there.matrix is not None:
            np.testing.assert_allclose(evidence.inverse(there.matrix), back.matrix, atol=1e-6)
        found.append(there.inliers)
    return found


def test_evidence_is_the_same_either_way():
    inliers = check_evidence(drawn_pairs(18))
    assert max(inliers[::3]) > 20 and min(inliers[2::3]) < 8  # copies, and others


@pytest.mark.slow
def test_evidence_of_two_hundred_pairs_is_the_same_either_way():
    check_evidence(drawn_pairs(200))


def test_scores_are_the_same_either_way():
    path = pretrained.path()
    model = weights.load(path)
    fitted = calibration.load(calibration.beside(path), weights.fingerprint(model))
    images = np.stack([image for pair in drawn_pairs(3) for image in pair])
    pairs = np.arange(6).reshape(3, 2)
    scores = verified.verified(model, fitted, images, np.concatenate([pairs, pairs[:, ::-1]]))
    np.testing.assert_allclose(scores[:3], scores[3:], rtol=1e-5)
    assert scores[0] < 1 < scores[2]


@pytest.mark.parametrize("size", [(SIDE, SIDE), (200, 170)])
def test_comparisons_are_the_same_either_way(size):
    """With the weights of the package, of a copy, a common part and different pictures."""
    for first, second in drawn_pairs(3):
        second = cv2.resize(second, size, interpolation=cv2.INTER_CUBIC)
        there, back = compare(first, second), compare(second, first)
        told, other = report.record(there), report.record(back)
        for name in ("verdict", "verified"):
            assert told[name] == other[name]
        assert told["f"].pop("tiles") == other["f"].pop("tiles")[::-1] and told["f"] == other["f"]
        assert there.whole == back.whole and report.key(there) == report.key(back)
        assert (there.matrix is None) == (back.matrix is None)
        assert len(told["regions"]) == len(other["regions"])
        for one, two in zip(told["regions"], other["regions"]):
            np.testing.assert_allclose(
                evidence.inverse(np.array(one["matrix"])), two["matrix"], atol=1e-6
            )
            assert one["inliers"] == two["inliers"] and one["verdict"] == two["verdict"]
            for mine, its in (("first", "second"), ("second", "first")):
                if one[mine] is not None:
                    np.testing.assert_allclose(one[mine], two[its], atol=1e-6)
        assert there.part.pair.first == back.part.pair.second
        assert back.swapped().verified == there.verified
