"""Do heat maps show what matters? Squares of an image are erased, and f is measured again.

An image is cut into squares of one size. A map names the one that should matter most: erasing it
should raise f of two copies by more than erasing another square does (or lower f of two different
images by more). Beside the maps stands the square of most contrast, which takes no network to find:
where there is something to see, there is something to lose.
"""

import numpy as np
import tqdm

from imgforensics.data.real_cases import Cases
from imgforensics.explain import gradcam
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.metrics import intervals
from imgforensics.models import metric
from imgforensics.models.interface import ANCHOR, SAME
from imgforensics.utils.errors import UserError


def protocol(model: Model, cases: Cases, of: str, side: int) -> dict:
    """Measures how often the square that a map names matters more than another one.

    The pairs are the first image of every class with each other one of the class or, for what makes
    f large, with each but the first one of the class that comes half of all classes later. Either
    image of a pair is judged by its own map.

    Args:
        model: whose maps are judged.
        cases: of re-used images.
        of: 'alike' or 'different', see `gradcam.maps`.
        side: pixels of a square; divides that of the images.

    Returns:
        Plain values: the number of pairs, squares of an image and the share of it that one is; the
        mean f; and for each of `gradcam.METHODS` and `contrast`

        - `rate` in [0, 1], how often the named square matters more than another one of its image (a
          half, by chance), with its interval, a bootstrap over classes;
        - `above_mean` likewise, how often it matters more than the others do in the mean;
        - `change` and `change_of_others`, the mean changes of f.

    Raises:
        UserError: images don't have the network's size, or no whole number of squares.
    """
    images = cases.images
    if images.shape[1] % side:
        raise UserError(f"images of {images.shape[1]} pixels have no whole number of {side}")
    first, second = _pairs(cases.labels, of)
    f, changes = _changes(model, images, first, second, side)
    # By how much erasing a square matters, in the direction that is asked for.
    effect = changes if of == gradcam.ALIKE else -changes
    units = np.tile(cases.labels[first], 2)
    record = {
        "pairs": len(first),
        "squares": changes.shape[-1],
        "area": 1 / changes.shape[-1],
        "mean_f": float(f.mean()),
    }
    contrast = _squares(images, side).std(axis=(-2, -1))
    named = {"contrast": np.stack([contrast[first], contrast[second]]).argmax(axis=-1)}
    for method in gradcam.METHODS:
        found = gradcam.contributions(model, images[first], images[second], method)
        heat = gradcam.heat(found, of, images.shape[1])
        named[method] = _squares(heat, side).sum(axis=(-2, -1)).argmax(axis=-1)
    for method, chosen in named.items():
        record[method] = _judge(effect, changes, chosen, units)
    return record


def describe(of: str, record: dict) -> list[str]:
    """Lines on what `protocol` returned."""
    head = f"{of}: {record['pairs']} pairs, mean f {record['mean_f']:.3f}; a square is "
    lines = [head + f"{record['area']:.1%} of an image"]
    for method in ("contrast", *gradcam.METHODS):
        found = record[method]
        low, high = found["rate_interval"]
        lines.append(
            f"  {method}: matters more than another one at a rate of {found['rate']:.3f} "
            f"[{low:.3f}, {high:.3f}], f changes by {found['change']:+.3f} "
            f"instead of {found['change_of_others']:+.3f}"
        )
    return lines


def _pairs(labels, of):
    """int [P] of the first and of the second images."""
    members = [np.flatnonzero(labels == name) for name in np.unique(labels)]
    shift = 0 if of == gradcam.ALIKE else len(members) // 2
    pairs = [
        (own[0], other)
        for own, others in zip(members, members[shift:] + members[:shift])
        for other in others[1:]
    ]
    return np.array(pairs).T


def _changes(model, images, first, second, side):
    """f of the pairs, [P], and its change when a square of either image is erased, [2, P, W]."""
    parts = []
    for which, branch in ((first, ANCHOR), (second, SAME)):
        used, place = np.unique(which, return_inverse=True)
        variants = _variants(images[used], side)
        shown = tqdm.tqdm(variants, desc=f"erasing, branch {branch}", unit=" images")
        parts.append(embed(model, shown, branch).reshape(len(used), -1, *model.metric.alpha.shape))
        parts[-1] = parts[-1][place]
    firsts, seconds = parts
    f = np.stack([
        metric.distance(model.metric, firsts, seconds[:, :1]),
        metric.distance(model.metric, firsts[:, :1], seconds),
    ])  # fmt: skip
    return f[0, :, 0], f[:, :, 1:] - f[:, :, :1]


def _variants(images, side):
    """Every image as it is, and with each of its squares filled with its mean: a list."""
    variants = []
    for image in images:
        variants.append(image)
        for row in range(0, image.shape[0], side):
            for column in range(0, image.shape[1], side):
                erased = image.copy()
                erased[row : row + side, column : column + side] = np.rint(image.mean())
                variants.append(erased)
    return variants


def _squares(images, side):
    """Cuts [..., H, W] into [..., squares, side, side], row by row."""
    *rest, height, width = images.shape
    blocks = images.reshape(*rest, height // side, side, width // side, side)
    return blocks.swapaxes(-3, -2).reshape(*rest, -1, side, side)


def _judge(effect, changes, chosen, units):
    """What is told of a method that names the squares `chosen` [2, P]."""
    where = chosen[..., None]
    own = np.take_along_axis(effect, where, axis=-1)
    other = np.arange(effect.shape[-1]) != where
    above = np.where(other, (own > effect) + (own == effect) / 2, 0).sum(-1) / other.sum(-1)
    mean_of_others = np.where(other, effect, 0).sum(-1) / other.sum(-1)
    above_mean = (own[..., 0] > mean_of_others).astype(float)
    return {
        "rate": float(above.mean()),
        "rate_interval": intervals.of_mean(above.ravel(), units),
        "above_mean": float(above_mean.mean()),
        "above_mean_interval": intervals.of_mean(above_mean.ravel(), units),
        "change": float(np.take_along_axis(changes, where, axis=-1).mean()),
        "change_of_others": float(changes[other].mean()),
    }
