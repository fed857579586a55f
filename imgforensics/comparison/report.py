"""A comparison in words, as JSON and as a picture."""

import datetime
import hashlib
import json
import os
import pathlib

import numpy as np

from imgforensics.comparison import picture, regions
from imgforensics.comparison.findings import VERDICTS, Findings
from imgforensics.evaluation import results
from imgforensics.utils import atomic, digests, pictures
from imgforensics.utils.printable import printable
from imgforensics.verification.calibration import SCREENING

_COMPRESSION = 3  # of 9: takes a third of the time of Pillow's own, and 3 % more space
_STEM = 80  # bytes of either name in a file's name, which has at most 255
_PACKAGES = ("jax", "flax", "numpy", "opencv-python-headless", "imgforensics")
_MOST = 0.6  # of an image, from which on a region is about all of it


def write(
    comparison: Findings, folder: str | os.PathLike, names: tuple[str, str]
) -> tuple[pathlib.Path, pathlib.Path]:
    """Writes a comparison as <first>_<second>_<key>.png and .json.

    The key is of the content of both images and of the weights, in whatever order: so results of
    other images or weights are never replaced, whatever they are named, but older ones of the same.

    Args:
        comparison: what to write.
        folder: where to; made if it is missing.
        names: of the images, or their paths, whose stems name the files.

    Returns:
        The paths of the picture and of the record.

    Raises:
        UserError: nothing can be written there.
    """
    stem = "_".join([*map(_stem, names), key(comparison)])
    paths = pathlib.Path(folder) / f"{stem}.png", pathlib.Path(folder) / f"{stem}.json"
    drawn = png(comparison, names)
    with atomic.writing(paths[0], "wb") as file:
        file.write(drawn)
    told = {
        **record(comparison),
        "names": list(map(str, names)),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": results.versions(_PACKAGES),
    }
    with atomic.writing(paths[1]) as file:
        json.dump(told, file, indent=2)
        file.write("\n")
    return paths


def png(comparison: Findings, names: tuple[str, str]) -> bytes:
    """The picture of a comparison (see `picture.draw`), as the content of a PNG file.

    Args:
        comparison: what to draw.
        names: of the images, or their paths.
    """
    shown = printable(names[0]), printable(names[1])
    drawn = picture.draw(comparison, describe(comparison), shown)
    return pictures.encoded(drawn, compress_level=_COMPRESSION)


def key(comparison: Findings) -> str:
    """Tells this comparison from those of other images or with other weights; 12 characters."""
    inputs = sorted(f"{image['file']} {image['pixels']}" for image in record(comparison)["sha256"])
    whole = "\n".join([*inputs, comparison.calibration.fingerprint])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _stem(name) -> str:
    """What of an image's name can be part of any file's name."""
    stem = "".join(letter if letter.isprintable() else "_" for letter in pathlib.Path(name).stem)
    return stem.encode()[:_STEM].decode(errors="ignore").lstrip(".")


def describe(comparison: Findings) -> list[str]:
    """The verdict, both scores, the alignment, and what was read of the files, a line each."""
    return [
        _verdict(comparison),
        _score(comparison, "f", comparison.f, comparison.likelihood),
        _score(comparison, "verified", comparison.verified, comparison.verified_likelihood),
        _alignment(comparison),
        *(f"{name}: {words}" for name, words in zip("AB", comparison.read) if words),
    ]


def record(comparison: Findings) -> dict:
    """All that was found out, as plain values; boxes are in pixels, matrices of pixels' centres."""
    part, found = comparison.part, comparison.part.evidence
    calibration = comparison.calibration
    turned = {} if comparison.matrix is None else movement(*_placed(comparison))
    return {
        "names": list(comparison.names),
        "verdict": comparison.verdict,
        "read": list(comparison.read),
        "sizes": [list(image.shape[::-1]) for image in _images(comparison)],
        "f": {
            "value": comparison.f,
            "likelihood": comparison.likelihood,
            "passes": comparison.points["f"],
            "operating_points": {name: each._asdict() for name, each in calibration.f.items()},
            "closest_tiles": comparison.closest,
            "tiles": list(comparison.tiles),
        },
        "verified": {
            "value": comparison.verified,
            "likelihood": comparison.verified_likelihood,
            "passes": comparison.points["verified"],
            "operating_points": {
                name: each._asdict() for name, each in calibration.verified.items()
            },
        },
        "part": {
            "whole": comparison.whole,
            "first": list(part.pair.first),
            "second": list(part.pair.second),
            "f": part.f,
        },
        "alignment": None if comparison.matrix is None else {
            "matrix": comparison.matrix.tolist(),
            "inverted": found.inverted,
            **turned,
            "matches": found.matches,
            "inliers": found.inliers,
            "common": found.common,
            "correlation": found.correlation,
            "broad_correlation": found.broad_correlation,
            "significance": found.significance,
        },
        "region": None if comparison.region is None else {
            "first": comparison.region.tolist(),
            "second": _in_second(comparison).tolist(),
        },
        "sha256": [
            {"file": file, "pixels": digests.of_pixels(image)}
            for file, image in zip(comparison.files, _images(comparison))
        ],
        "fingerprint": calibration.fingerprint,
    }  # fmt: skip


def movement(matrix: np.ndarray, corners: np.ndarray) -> dict:
    """What a matrix does to the second image, in the middle of a region.

    It is mirrored first, left to right, if it is; then turned and scaled.

    Args:
        matrix: float [3, 3], from the second image to the first.
        corners: float [n, 2], in the second image.
    """
    x, y = corners.mean(axis=0) - 0.5
    depth = matrix[2] @ [x, y, 1]
    place = matrix[:2] @ [x, y, 1] / depth
    jacobian = (matrix[:2, :2] - np.outer(place, matrix[2, :2])) / depth
    determinant = np.linalg.det(jacobian)
    if determinant < 0:
        jacobian = jacobian * [-1, 1]
    # Of the similarity transform nearest to it; y points down, and so the angle is clockwise.
    turn = np.arctan2(jacobian[1, 0] - jacobian[0, 1], jacobian[0, 0] + jacobian[1, 1])
    return {
        "mirrored": bool(determinant < 0),
        "degrees_clockwise": float(np.rad2deg(turn)),
        "scale": float(np.sqrt(abs(determinant))),
    }


def _images(comparison) -> tuple[np.ndarray, np.ndarray]:
    return comparison.first, comparison.second


def _in_second(comparison) -> np.ndarray:
    """float [4, 2]: the corners of the region in the second image."""
    return regions.moved(comparison.region, np.linalg.inv(comparison.matrix))


def _placed(comparison) -> tuple[np.ndarray, np.ndarray]:
    """The matrix, and the corners in the second image of what it is for."""
    if comparison.region is not None:
        return comparison.matrix, _in_second(comparison)
    left, top, side = comparison.part.pair.second
    return comparison.matrix, np.array([[left, top], [left + side, top + side]])


def _verdict(comparison) -> str:
    if not comparison.same:
        return "different: no part of B was found in A"
    shares = [1.0, 1.0]
    if comparison.region is not None:
        corners, images = (comparison.region, _in_second(comparison)), _images(comparison)
        shares = [regions.area(each) / image.size for each, image in zip(corners, images)]
    what = {
        (True, True): "A and B show the same",
        (True, False): "A is a part of B",
        (False, True): "B is a part of A",
        (False, False): "A and B have a part in common",
    }[shares[0] > _MOST, shares[1] > _MOST]
    point = comparison.points["verified"]
    doubt = "" if point == SCREENING else " (the stricter threshold says different)"
    return f"{comparison.verdict}: {what}{doubt}"


def _score(comparison, name, value, likelihood) -> str:
    points = getattr(comparison.calibration, name)
    rates = "; ".join(
        f"{each}: <= {at.threshold:.2f}, {at.false_positive_rate['random']:.2%} of random pairs"
        for each, at in points.items()
    )
    said = VERDICTS[comparison.points[name]]
    return f"{name} {value:.2f}, likelihood {likelihood:.3f}: {said}   ({rates})"


def _alignment(comparison) -> str:
    found = comparison.part.evidence
    if comparison.matrix is None:
        return f"no alignment: {found.inliers} of {found.matches} like features agree at best"
    moved = movement(*_placed(comparison))
    words = ["mirrored"] * moved["mirrored"] + ["negative"] * found.inverted
    degrees = round(moved["degrees_clockwise"], 1)
    words += [f"turned by {degrees:g} degrees"] * (degrees != 0) + [f"scaled {moved['scale']:.2f}"]
    return (
        f"B on A: {', '.join(words)}; {found.inliers} of {found.matches} like features agree, "
        f"correlation {found.correlation:.2f}"
    )
