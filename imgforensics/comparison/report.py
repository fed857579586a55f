"""A comparison as files: as JSON, and as a picture with words."""

import datetime
import hashlib
import json
import os
import pathlib

import numpy as np

from imgforensics.comparison import movement, picture, words
from imgforensics.comparison.findings import Findings, Part, Region
from imgforensics.evaluation import results
from imgforensics.utils import atomic, digests, pictures
from imgforensics.utils.printable import printable

_COMPRESSION = 3  # of 9: takes a third of the time of Pillow's own, and 3 % more space
_MAX_STEM = 80  # bytes of either name in a file's name, which has at most 255
_PACKAGES = ("jax", "flax", "numpy", "opencv-python-headless", "imgforensics")


def write(
    comparison: Findings,
    folder: str | os.PathLike,
    names: tuple[str, str],
    heat_maps: bool = False,
) -> tuple[pathlib.Path, pathlib.Path]:
    """Writes a comparison as <first>_<second>_<key>.png and .json.

    The key is of the content of both images and of the weights, in whatever order: so results of
    other images or weights are never replaced, whatever they are named, but older ones of the same.

    Args:
        comparison: what to write.
        folder: where to; made if it is missing.
        names: of the images, or their paths, whose stems name the files.
        heat_maps: see `picture.draw`.

    Returns:
        The paths of the picture and of the record.

    Raises:
        UserError: nothing can be written there.
    """
    stem = "_".join([*map(_stem, names), key(comparison)])
    paths = pathlib.Path(folder) / f"{stem}.png", pathlib.Path(folder) / f"{stem}.json"
    drawn = png(comparison, names, heat_maps)
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


def png(comparison: Findings, names: tuple[str, str], heat_maps: bool = False) -> bytes:
    """The picture of a comparison (see `picture.draw`), as the content of a PNG file.

    Args:
        comparison: what to draw.
        names: of the images, or their paths.
        heat_maps: see `picture.draw`.
    """
    shown = printable(names[0]), printable(names[1])
    drawn = picture.draw(comparison, words.describe(comparison), shown, heat_maps)
    return pictures.encoded(drawn, compress_level=_COMPRESSION)


def key(comparison: Findings) -> str:
    """Tells this comparison from those of other images or with other weights; 12 characters."""
    inputs = sorted(f"{image['file']} {image['pixels']}" for image in record(comparison)["sha256"])
    whole = "\n".join([*inputs, comparison.calibration.fingerprint])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _stem(name) -> str:
    """What of an image's name can be part of any file's name."""
    stem = "".join(letter if letter.isprintable() else "_" for letter in pathlib.Path(name).stem)
    return stem.encode()[:_MAX_STEM].decode(errors="ignore").lstrip(".")


def record(comparison: Findings) -> dict:
    """All that was found out, as plain values; boxes are in pixels, matrices of pixels' centres."""
    calibration = comparison.calibration
    return {
        "names": list(comparison.names),
        "verdict": comparison.verdict,
        "reasons": list(comparison.judged.reasons),
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
        "part": {"whole": comparison.whole, **_part(comparison.part)},
        "regions": [_region(each) for each in comparison.regions],
        "sha256": [
            {"file": file, "pixels": digests.of_pixels(image)}
            for file, image in zip(comparison.files, _images(comparison))
        ],
        "fingerprint": calibration.fingerprint,
    }  # fmt: skip


def _part(part: Part) -> dict:
    return {
        "first": list(part.pair.first),
        "second": list(part.pair.second),
        "f": part.f,
        "verified": part.verified,
    }


def _region(region: Region) -> dict:
    found, outline = region.part.evidence, region.corners_in_second
    return {
        "first": None if region.corners is None else region.corners.tolist(),
        "second": None if outline is None else outline.tolist(),
        "matrix": region.matrix.tolist(),
        "verdict": region.judged.name,
        "reasons": list(region.judged.reasons),
        "inverted": found.inverted,
        **movement.of(region),
        "part": _part(region.part),
        "matches": found.matches,
        "inliers": found.inliers,
        "common": found.common,
        "correlation": found.correlation,
        "broad_correlation": found.broad_correlation,
        "significance": found.significance,
    }


def _images(comparison) -> tuple[np.ndarray, np.ndarray]:
    return comparison.first, comparison.second
