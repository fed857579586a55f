"""What speaks for two images showing the same, once one is laid on the other."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import scipy.fft

from imgforensics.utils import digests
from imgforensics.verification import content, dense, distinct, gate, registration
from imgforensics.verification.keypoints import Keypoints, detect

_SOFT = 1.0  # pixels of the blur before grey levels are compared
_BROAD, _BROAD_SOFT = 32.0, 1.5  # pixels: the window in the large, and the blur
_MIN_SURE_INLIERS = 15  # inliers, with which nothing else needs to be tried
_MAX_PEAKS = 3  # of the exhaustive search that are tried
_STEPS, _LAST_STEPS, _GAIN = 20, 15, 1e-4  # of the refinement (ECC)
_MAX_DRIFT = 0.15  # of the side: a refinement that moves a corner by more has lost its way
_MIN_COMMON = 0.2  # of what the first image shows
_MIN_SHOWN = 0.2  # of an image: what shows less is compared as if it showed as much
_MAX_LAG = 24  # pixels, beyond which grey levels are taken for independent
_WINDOW = 6.0  # pixels, of the Gaussian in which agreement is looked at
_MIN_POWER = 1e-3  # of the fourth power of evened grey levels: below that there is nothing to see


class Prepared(NamedTuple):
    """An image and what is found out about it once.

    Attributes:
        image: uint8 [side, side].
        shown: bool [side, side], where nothing is drawn on it; all that follows is 0 elsewhere.
        even: float32 [side, side], without local mean and contrast.
        soft: likewise, see `soften`.
        broad: float32 [side, side], see `_broaden`.
        fine: like `soft`, evened in a smaller window.
        keypoints: of the image.
        description: `gate.DESCRIPTION` [], fewer keypoints of it, found in another way.
    """

    image: np.ndarray
    shown: np.ndarray
    even: np.ndarray
    soft: np.ndarray
    broad: np.ndarray
    fine: np.ndarray
    keypoints: Keypoints
    description: np.ndarray


class Evidence(NamedTuple):
    """How well the second image fits on the first.

    Attributes:
        matrix: float64 [3, 3], takes (x, y, 1) of a pixel's centre in the second image to the
            first; None where nothing fits at all, and all numbers are 0.
        inverted: whether grey levels are reversed.
        matches, inliers: how many keypoints have like descriptors, and how many of those agree on
            the matrix.
        common: share of one image on which the other lies, but for what is drawn on either; of
            which one, see `gather`.
        correlation: there, of grey levels without local mean and contrast, from -1 to 1.
        broad_correlation: there, of what is bright and dark in the large; it is low where bright
            things lie on dark ground, however well some others fit.
        significance: Fisher's z of the correlation, in standard deviations of its chance value in
            so many independent samples as both images together are worth (Bartlett 1935).
        agreement: share of the common part where they also correlate locally, by more than 1/2.
        distinctness: how much better they fit there than in other ways, see `distinct`.
        visible: places to tell an image by, in that which has fewer of them.
        drawn: share of where both lie on each other that tells nothing, since either is drawn on.
        support: of the gate's votes, see `gate.Votes`; the mean of both ways to ask for it.
    """

    matrix: np.ndarray | None = None
    inverted: bool = False
    matches: int = 0
    inliers: int = 0
    common: float = 0.0
    correlation: float = 0.0
    broad_correlation: float = 0.0
    significance: float = 0.0
    agreement: float = 0.0
    distinctness: float = 0.0
    visible: int = 0
    drawn: float = 0.0
    support: float = 0.0

    def swapped(self) -> "Evidence":
        """The same, with first and second image in each other's place."""
        if self.matrix is None:
            return self
        return self._replace(matrix=inverse(self.matrix))


class Trial(NamedTuple):
    """A matrix and what comes of it.

    Attributes:
        matrix, inverted: as of `Evidence`.
        mask: bool [side, side], where the second image lies on the first, and both show something.
        common, drawn: as of `Evidence`.
        laid: float32 [side, side], its soft grey levels, reversed if they need be.
        correlation: of these with the first image's.
    """

    matrix: np.ndarray
    inverted: bool
    mask: np.ndarray
    common: float
    drawn: float
    laid: np.ndarray
    correlation: float

    @property
    def merit(self) -> float:
        """How well how much of the images correlates."""
        return np.arctanh(np.clip(self.correlation, 0, 0.999)) * np.sqrt(self.mask.mean())


def prepare(image: np.ndarray, shown: np.ndarray | None = None) -> Prepared:
    """Finds out about an image what all its comparisons need.

    Args:
        image: uint8 [side, side].
        shown: bool [side, side], where nothing is drawn on it; None to find that out.
    """
    if shown is None:
        shown = ~content.drawn(image)
    filled = content.filled(image, shown)
    even = dense.even(filled) * shown
    return Prepared(
        image=image,
        shown=shown,
        even=even,
        soft=soften(even) * shown,
        broad=_broaden(filled) * shown,
        fine=soften(dense.even(filled, distinct.WINDOW) * shown) * shown,
        keypoints=detect(image, shown),
        description=gate.describe(image, shown),
    )


def soften(even: np.ndarray) -> np.ndarray:
    """Evened grey levels without most of their noise, which is no evidence."""
    return cv2.GaussianBlur(even, (0, 0), _SOFT)


def _broaden(image: np.ndarray) -> np.ndarray:
    """Grey levels evened in the large; of square roots, lest lights count for more than shadows."""
    levels = 16 * np.sqrt(image.astype(np.float32) + 1)
    return cv2.GaussianBlur(dense.even(levels, _BROAD), (0, 0), _BROAD_SOFT)


def gather(first: Prepared, second: Prepared) -> Evidence:
    """Lays the second image on the first as well as can be, and measures how well that is.

    Where keypoints agree on a homography, that one is tried; unless it is beyond doubt, also the
    best of an exhaustive search. Each is refined by the enhanced correlation coefficient
    (Evangelidis and Psarakis 2008), and the one under which more of the images correlates better is
    kept.

    The pair enters in an order of its own, by the pixels' hashes, so that the order of the images
    doesn't change a number.
    """
    if digests.of_pixels(first.image) > digests.of_pixels(second.image):
        return _gather(second, first).swapped()
    return _gather(first, second)


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The matrix back, float64 [3, 3], scaled as matrices are here: its last number is 1."""
    back = np.linalg.inv(matrix)
    return back / back[2, 2]


def _gather(first: Prepared, second: Prepared) -> Evidence:
    found = registration.estimate_homography(first.keypoints, second.keypoints)
    starts = [] if found is None else [(found.matrix, found.inverted)]
    matches, inliers = (0, 0) if found is None else (found.matches, found.inliers)
    if found is None or found.inliers < _MIN_SURE_INLIERS:
        peaks = dense.search(first.even, second.even, _MAX_PEAKS)
        starts += [(peak.matrix, peak.inverted) for peak in peaks]
    trial = best(first.soft, second.soft, starts, (first.shown, second.shown))
    visible = min(distinct.visible(each.fine) for each in (first, second))
    support = _support(first.description, second.description)
    if trial is None:
        return Evidence(matches=matches, inliers=inliers, visible=visible, support=support)
    return Evidence(
        matrix=trial.matrix / trial.matrix[2, 2],
        inverted=trial.inverted,
        common=trial.common,
        correlation=trial.correlation,
        broad_correlation=_broad_correlation(first, second, trial),
        significance=_significance(first.soft, trial),
        agreement=_agreement(first.soft, trial),
        distinctness=_distinctness(first, second, trial),
        visible=visible,
        drawn=trial.drawn,
        matches=matches,
        inliers=inliers,
        support=support,
    )


def best(
    first: np.ndarray,
    second: np.ndarray,
    starts: Sequence[tuple[np.ndarray, bool]],
    shown: tuple[np.ndarray, np.ndarray] | None = None,
) -> Trial | None:
    """Refines some matrices, and returns what comes of the best.

    Args:
        first, second: float32 [height, width], from `soften`.
        starts: matrices, and whether grey levels are reversed.
        shown: bool [height, width] of each, where nothing is drawn on it; None if nowhere is.

    Returns:
        None where there is no start under which enough of the first image is covered.
    """
    if shown is None:
        shown = np.ones(first.shape, bool), np.ones(second.shape, bool)
    trials = []
    for matrix, inverted in starts:
        refined = _refine_by_halves(first, second, shown[1], matrix, inverted)
        trials += [_lay(first, second, shown, each, inverted) for each in (matrix, refined)]
    found = max(filter(None, trials), key=lambda trial: trial.merit, default=None)
    if found is None:
        return None
    refined = _refine(
        first,
        second,
        shown[1],
        matrix=found.matrix,
        inverted=found.inverted,
        motion=cv2.MOTION_HOMOGRAPHY,
        steps=_LAST_STEPS,
    )
    last = _lay(first, second, shown, refined, found.inverted)
    return found if last is None or last.merit < found.merit else last


def local_correlation(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, window: float
) -> np.ndarray:
    """Correlation within a Gaussian window around every pixel, float32 [height, width].

    Args:
        first, second: float32 [height, width], evened out; about 0 where there is nothing to see,
            where the correlation is about 0, too.
        mask: bool [height, width], where both are given.
        window: standard deviation of the Gaussian, in pixels.
    """
    mask = mask.astype(np.float32)
    products = (first * second, first**2, second**2)
    both, one, other = (cv2.GaussianBlur(each * mask, (0, 0), window) for each in products)
    return both / np.sqrt(one * other + _MIN_POWER)


def _refine_by_halves(first, second, shown, matrix, inverted) -> np.ndarray:
    """A better affine matrix, from images of half the size: a start is pixels off."""

    def halved(image):
        return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    refined = _refine(
        halved(first),
        halved(second),
        halved(shown.astype(np.float32)) > 0.99,
        matrix=dense.magnified(matrix, 0.5),
        inverted=inverted,
        motion=cv2.MOTION_AFFINE,
        steps=_STEPS,
    )
    return dense.magnified(refined, 2.0)


def _refine(first, second, shown, matrix, inverted, motion, steps) -> np.ndarray:
    """A better matrix near the given one, or that one."""
    # OpenCV's matrix takes the first image's pixels to the second.
    start = np.linalg.inv(matrix)
    start = (start / start[2, 2]).astype(np.float32)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, steps, _GAIN)
    try:
        _, refined = cv2.findTransformECC(
            first,
            -second if inverted else second,
            start[:2].copy() if motion == cv2.MOTION_AFFINE else start,
            motion, criteria, shown.astype(np.uint8), 1,
        )  # fmt: skip
        refined = np.linalg.inv(_square(refined).astype(np.float64))
    except (cv2.error, np.linalg.LinAlgError):  # no overlap, or nothing to go by
        return matrix
    height, width = first.shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    moved = np.subtract(*(cv2.perspectiveTransform(corners, each) for each in (matrix, refined)))
    return matrix if np.abs(moved).max() > _MAX_DRIFT * max(height, width) else refined


def _square(matrix: np.ndarray) -> np.ndarray:
    """[2, 3] or [3, 3] as [3, 3]."""
    return np.vstack([matrix, [0, 0, 1]]) if len(matrix) == 2 else matrix


def _lay(first, second, shown, matrix, inverted) -> Trial | None:
    """The second image on the first, unless too little of it is."""
    one_shown, other_shown = shown
    size = first.shape[::-1]
    whole = np.ones(second.shape, np.float32)
    covered = cv2.warpPerspective(whole, matrix, size) > 0.99
    mask = covered & one_shown
    if not other_shown.all():
        mask &= cv2.warpPerspective(other_shown.astype(np.float32), matrix, size) > 0.99
    if mask.sum() < _MIN_COMMON * max(one_shown.sum(), _MIN_SHOWN * one_shown.size):
        return None
    laid = cv2.warpPerspective(-second if inverted else second, matrix, size)
    return Trial(
        matrix=matrix,
        inverted=inverted,
        mask=mask,
        common=float(mask.sum() / (mask | (one_shown & ~covered)).sum()),
        drawn=float(1 - mask.sum() / covered.sum()),
        laid=laid,
        correlation=_correlation(first, laid, mask),
    )


def _support(first, second) -> float:
    ways = (first, second), (second, first)
    return float(np.mean([gate.votes(query, other[None]).support[0] for query, other in ways]))


def _broad_correlation(first, second, trial) -> float:
    laid = cv2.warpPerspective(second.broad, trial.matrix, first.broad.shape[::-1])
    return _correlation(first.broad, -laid if trial.inverted else laid, trial.mask)


def _distinctness(first, second, trial) -> float:
    laid = cv2.warpPerspective(second.fine, trial.matrix, first.fine.shape[::-1])
    return distinct.distinctness(first.fine, -laid if trial.inverted else laid, trial.mask)


def _correlation(first, second, mask) -> float:
    one, other = (each[mask] - each[mask].mean() for each in (first, second))
    spread = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / spread) if spread > 0 else 0.0


def _agreement(first, trial) -> float:
    found = local_correlation(first, trial.laid, trial.mask, _WINDOW)
    return float((found[trial.mask] > 0.5).mean())


def _significance(first, trial) -> float:
    one, other = (_autocorrelation(each, trial.mask) for each in (first, trial.laid))
    samples = trial.mask.sum() / max((one * other).sum(), 1.0)
    return float(np.arctanh(np.clip(trial.correlation, 0, 0.999)) * np.sqrt(samples))


def _autocorrelation(image, mask) -> np.ndarray:
    """At lags of up to `_MAX_LAG` pixels either way, 1 at no lag; float [2 * _MAX_LAG + 1] * 2."""
    # As long as lags of the other sign don't run into those that are looked at.
    shape = tuple(scipy.fft.next_fast_len(length + _MAX_LAG, real=True) for length in image.shape)
    image = np.where(mask, image - image[mask].mean(), 0).astype(np.float32)
    products, counts = (
        scipy.fft.irfft2(np.abs(scipy.fft.rfft2(each, shape)) ** 2, shape)
        for each in (image, mask.astype(np.float32))
    )
    # Of few pairs of pixels the mean says nothing.
    means = products / np.maximum(counts, 0.15 * mask.sum())
    lags = np.arange(-_MAX_LAG, _MAX_LAG + 1)
    return means[np.ix_(lags, lags)] / max(means[0, 0], 1e-12)
