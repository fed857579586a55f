"""The real protocol: cases of re-used images, each a folder that holds an image and its copies.

`write` makes an embedded set of 54 cases, as many as in the paper's section 4, whose images can't
be published. It is cut from real images and manipulated by scikit-image and Pillow, so that nothing
of it comes from the code under test. `read_cases` reads it, or anyone's own cases.
"""

import importlib.metadata
import io
import os
import pathlib
from collections import Counter
from typing import NamedTuple

import numpy as np
import skimage
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from skimage import exposure, transform

from imgforensics.data import tree
from imgforensics.data.folder import grid
from imgforensics.data.new_folder import filling
from imgforensics.images.read import read_gray
from imgforensics.utils import atomic, tables
from imgforensics.utils.errors import UserError

SIDE = 128  # pixels of an image of the real protocol
SEED = 0
COPIES = 3  # manipulated copies beside the original of each case

# Cases are cut from windows without overlap. A window leaves room around the original, since a
# copy that was rotated, shifted or reduced shows what lies beside it.
_WINDOW = 170
_PERCENTILES = (0.1, 99.9)  # of a window's levels, which become black and white
# File of scikit-image's wheel, number of cases, darkest level that a window may hold (the fundus
# has a black surround, and a mark in its rim). The windows of highest contrast are taken.
_IMAGES = (
    ("cell.png", 4, 0),
    ("ihc.png", 9, 0),
    ("retina.jpg", 28, 73),
    ("hubble_deep_field.jpg", 13, 0),
)
_KINDS = (
    "copy", "reflection", "rotation", "translation", "scale", "perspective",
    "gamma", "levels", "local contrast", "erase", "text", "drawing", "jpeg",
)  # fmt: skip
_LABELS = ("A", "b", "C", "d", "(e)", "WT", "KO", "Ctrl", "siRNA", "DAPI", "24 h", "50 um", "#3")


class Cases(NamedTuple):
    """Images of the real protocol.

    Attributes:
        images: uint8 [n, side, side], 128 pixels unless another side is asked for.
        labels: str [n], the class (folder) of each; every class has two images or more.
        summary: what was read, changed and skipped, and why.
    """

    images: np.ndarray
    labels: np.ndarray
    summary: dict


def write(folder: str | os.PathLike, seed: int = SEED) -> dict:
    """Writes the embedded cases as `<case>/<k>.png`, k = 0 being the original, with a manifest.

    Every copy has one manipulation, each kind in its turn, and about half of the copies a second.
    Strengths are about those of the paper's simulation (section 3.3): angles to 45 degrees, scales
    0.75 to 1.25, shifts to 20 pixels, corners moved by 12, gamma 0.75 to 1.25, erased discs of
    radius 6 to 25 pixels; where the window around the original is too small, they are drawn again.

    Args:
        folder: where to; must be empty or missing.
        seed: of all draws.

    Returns:
        A summary with the number of cases, images and copies of each kind.

    Raises:
        UserError: `folder` is not empty, or can't be written to, for instance on a full disk.
    """
    with filling(folder) as root:
        return _write(root, seed)


def _write(root: pathlib.Path, seed: int) -> dict:
    """As `write`, to an empty folder."""
    rng = np.random.RandomState(seed)
    rows, used = [], Counter()
    turn = rng.randint(len(_KINDS))
    windows = list(_windows())
    for case, (file, row, column, window) in enumerate(windows):
        name = f"case{case:02d}"
        (root / name).mkdir()
        for k in range(COPIES + 1):
            kinds = ["original"]
            if k:
                kinds = [_KINDS[(turn := turn + 1) % len(_KINDS)]]
                if kinds != ["copy"] and rng.rand() < 0.5:
                    kinds.append(rng.choice([kind for kind in _KINDS[1:] if kind not in kinds]))
            used.update(kinds)
            image, steps = _manipulate(window, kinds, rng)
            Image.fromarray(image).save(root / name / f"{k}.png")
            rows.append((f"{name}/{k}.png", name, file, row, column, "; ".join(steps)))
    header = ("file", "class", "source", "row", "column", "manipulation")
    with atomic.writing(root / tree.MANIFEST) as file:
        tables.write(file, [header, *rows])
    version = importlib.metadata.version("scikit-image")
    about = _README.format(window=_WINDOW, seed=seed, version=version)
    (root / "README.md").write_text(about)
    return {
        "source": "real_cases",
        "cases": len(windows),
        "images": len(rows),
        "cases of each image": dict(Counter(window[0] for window in windows)),
        "images of each manipulation": dict(used),
    }


def read_cases(folder: str | os.PathLike, side: int = SIDE) -> Cases:
    """Reads cases: each folder below the root is a class of images of one origin.

    Images of another size are cut to their central square and resized; the summary counts them.
    Classes with a single readable image are left out, since the protocol compares two.

    Args:
        folder: root of the tree of image files.
        side: pixels on each side of the images that are returned.

    Raises:
        UserError: no folder, no sub-folders, or fewer than two classes of two images.
    """
    found = tree.find(folder, by_manifest=False)
    images, labels, resized = [], [], 0
    nested = [file for file in found.files if "/" in file]
    beside = len(found.files) - len(nested)
    for image, shape in found.squares(side, nested, "reading cases"):
        resized += shape != (side, side)
        images.append(image.pixels)
        labels.append(image.file.split("/")[0])
    counts = Counter(labels)
    single = [name for name, count in counts.items() if count < 2]
    if len(counts) - len(single) < 2:
        raise UserError(
            f"{found.root} holds {len(counts) - len(single)} class(es) of two images or more "
            f"({len(single)} of one, {len(found.unreadable)} image(s) unreadable, "
            f"{len(found.blank)} blank, {beside} outside of a class): "
            "the real protocol needs two sub-folders, each with an image and its copies"
        )
    keep = [i for i, label in enumerate(labels) if label not in single]
    found.skipped.update({
        "images beside the class folders": beside, "classes of a single image": len(single)
    })  # fmt: skip
    return Cases(
        images=np.stack([images[i] for i in keep]),
        labels=np.array([labels[i] for i in keep]),
        summary={
            "source": "real_cases",
            "classes": len(counts) - len(single),
            "images": len(keep),
            f"resized to {side}x{side}": resized,
            **found.left_out(),
            "left out": dict.fromkeys(single, "a single image"),
        },
    )


def _windows():
    """Yields (file, row, column, uint8 [170, 170]) of every case, in the full range of greys."""
    for file, count, darkest in _IMAGES:
        image = read_gray(pathlib.Path(skimage.__file__).parent / "data" / file)
        places = {
            place: image[place[0] : place[0] + _WINDOW, place[1] : place[1] + _WINDOW]
            for place in grid(image.shape, _WINDOW)
        }
        bright = [place for place in places if places[place].min() >= darkest]
        best = sorted(bright, key=lambda place: -places[place].std())[:count]
        for row, column in sorted(best):
            window = places[row, column]
            black, white = np.percentile(window, _PERCENTILES)
            yield file, row, column, exposure.rescale_intensity(window, (black, white), np.uint8)


def _manipulate(window: np.ndarray, kinds: list[str], rng) -> tuple[np.ndarray, list[str]]:
    """One image of a case: uint8 [128, 128] and what was done to it, in words."""
    image, steps = _geometry(window, kinds, rng)
    for kind, edit in _EDITS.items():
        if kind in kinds:
            image, step = edit(image, rng)
            steps.append(step)
    return image, steps or [kinds[0]]


def _geometry(window: np.ndarray, kinds: list[str], rng) -> tuple[np.ndarray, list[str]]:
    """Samples the central image of the window through one projective transform."""
    if "reflection" in kinds:
        mirror, word = ((-1, 1), "left-right") if rng.rand() < 0.5 else ((1, -1), "up-down")
        steps = [f"reflection {word}"]
    else:
        mirror, steps = (1, 1), []
    margin = (_WINDOW - SIDE) // 2
    square = np.array([[0, 0], [SIDE - 1, 0], [SIDE - 1, SIDE - 1], [0, SIDE - 1]])
    while True:  # until the image lies inside of the window
        angle = rng.uniform(-45, 45) if "rotation" in kinds else 0.0
        scale = rng.uniform(0.75, 1.25) if "scale" in kinds else 1.0
        shift = rng.randint(-20, 21, 2) if "translation" in kinds else np.zeros(2, int)
        # A steep rotation is enlarged so far that the window fills its corners.
        width = abs(np.cos(np.deg2rad(angle))) + abs(np.sin(np.deg2rad(angle)))
        scale *= max(1.0, 1.001 * width * (SIDE - 1) / (_WINDOW - 1))
        corners = (square - (SIDE - 1) / 2) * mirror / scale
        if "perspective" in kinds:
            corners = corners + rng.uniform(-12, 12, (4, 2))
        corners = transform.EuclideanTransform(rotation=np.deg2rad(angle))(corners)
        corners = corners + (_WINDOW - 1) / 2 - shift
        if corners.min() >= 0 and corners.max() <= _WINDOW - 1:
            break
    if "rotation" in kinds:
        steps.append(f"rotation {angle:.1f} degrees")
    if scale != 1:
        steps.append(f"scale {scale:.2f}")
    if "translation" in kinds:
        steps.append(f"translation {shift[0]}, {shift[1]} pixels")
    if "perspective" in kinds:
        steps.append("perspective, corners moved by up to 12 pixels")
    if not steps:
        return window[margin:-margin, margin:-margin], steps
    mapping = transform.ProjectiveTransform.from_estimate(square, corners)
    image = transform.warp(window, mapping, output_shape=(SIDE, SIDE), order=3, preserve_range=True)
    return np.rint(image.clip(0, 255)).astype(np.uint8), steps


def _gamma(image, rng):
    gamma = rng.uniform(0.75, 1.25)
    return exposure.adjust_gamma(image, gamma), f"gamma {gamma:.2f}"


def _levels(image, rng):
    low, high = rng.uniform(0, 3), rng.uniform(97, 100)
    black, white = np.percentile(image, (low, high))
    stretched = exposure.rescale_intensity(image, (black, white), np.uint8)
    return stretched, f"levels stretched from percentiles {low:.1f} and {high:.1f}"


def _local_contrast(image, rng):
    limit = rng.uniform(0.002, 0.01)
    equal = exposure.equalize_adapthist(image, clip_limit=limit)
    return np.rint(255 * equal).astype(np.uint8), f"local contrast, clip limit {limit:.4f}"


def _erase(image, rng):
    x, y = rng.randint(13, 115, 2)
    radius = rng.randint(6, 26)
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    paint = Image.new("L", (SIDE, SIDE), int(np.median(image)))
    soft = mask.filter(ImageFilter.GaussianBlur(2))
    erased = Image.composite(paint, Image.fromarray(image), soft)
    return np.asarray(erased), f"erased disc of radius {radius} pixels"


def _ink(image) -> int:
    return 255 if image.mean() < 128 else 0


def _text(image, rng):
    picture = Image.fromarray(image)
    label = _LABELS[rng.randint(len(_LABELS))]
    place = (rng.randint(2, 64), rng.choice([2, 4, 8, 100, 104]))
    font = ImageFont.load_default(size=int(rng.randint(14, 23)))
    ImageDraw.Draw(picture).text(place, label, fill=_ink(image), font=font)
    return np.asarray(picture), f"text {label!r}"


def _drawing(image, rng):
    picture, ink = Image.fromarray(image), _ink(image)
    draw = ImageDraw.Draw(picture)
    shape = rng.choice(["scale bar", "box", "arrow"])
    if shape == "scale bar":
        right, length = rng.randint(100, 122), rng.randint(25, 60)
        draw.rectangle((right - length, 115, right, 118), fill=ink)
    elif shape == "box":
        x, y = rng.randint(4, 64, 2)
        width, height = rng.randint(30, 60, 2)
        draw.rectangle((x, y, x + width, y + height), outline=ink, width=int(rng.randint(1, 3)))
    else:
        x, y = rng.randint(30, 98, 2)
        draw.line((x - 18, y - 18, x, y), fill=ink, width=2)
        draw.polygon([(x, y), (x - 9, y - 3), (x - 3, y - 9)], fill=ink)
    return np.asarray(picture), f"drawing of a {shape}"


def _jpeg(image, rng):
    quality, file = int(rng.randint(30, 90)), io.BytesIO()
    Image.fromarray(image).save(file, format="JPEG", quality=quality)
    return np.asarray(Image.open(file)), f"JPEG of quality {quality}"


_EDITS = {
    "gamma": _gamma,
    "levels": _levels,
    "local contrast": _local_contrast,
    "erase": _erase,
    "text": _text,
    "drawing": _drawing,
    "jpeg": _jpeg,
}

_README = """\
# Cases of re-used images

Each folder is a case: `0.png` is the original, the others are copies of it. `manifest.csv` names
for each file the source image, the top left pixel of its {window}x{window} window there, and what
was done to it. The windows don't overlap.

Made with seed {seed} from images in the wheel of scikit-image {version}: a cell, an
immunohistochemical stain and a retina, and, for its sparse bright spots on black, the Hubble deep
field. Where they come from and their licences stand in the documentation of `skimage.data`.
"""
