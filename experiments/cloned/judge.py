"""How often clones are found where they are, and how often something is found that isn't there."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from experiments.cloned.images import Cloned
from imgforensics.comparison.findings import Region, Repeats
from imgforensics.metrics import intervals
from imgforensics.verification import verdict

Search = Callable[[np.ndarray], Repeats]


def of_clones(clones: Iterable[Cloned], search: Search) -> dict[str, dict]:
    """What comes of images with a clone, by what was done to it.

    A region finds a clone if the middles of its two places lie in the clone and in its source.

    Args:
        clones: the images.
        search: for what an image, uint8 [height, width], shows twice.

    Returns:
        Plain values: for each kind how many `images`; in how many the clone is `found`, with the
        95 % interval (Wilson), and in how many of these by the verdict `same`; and in how many
        something `else` is found, too.
    """
    told: dict[str, Counter] = {}
    for each in clones:
        regions = search(each.image).regions
        hits = [region for region in regions if _finds(region, each)]
        told.setdefault(each.kind, Counter()).update(
            images=1,
            found=bool(hits),
            same=any(hit.judged.name == verdict.SAME for hit in hits),
            **{"else": len(hits) < len(regions)},
        )
    return {kind: _with_interval(counted) for kind, counted in told.items()}


def of_others(images: Mapping[str, Sequence[np.ndarray]], search: Search) -> dict[str, dict]:
    """What comes of images without clones, by what they show.

    Args:
        images: uint8 [height, width] each, by what they show.
        search: as in `of_clones`.

    Returns:
        Plain values: for each kind how many `images`; in how many something is `found`, with the
        95 % interval (Wilson), and in how many of these by the verdict `same`.
    """
    told = {}
    for kind, some in images.items():
        counted = Counter({"images": 0, "found": 0, "same": 0})
        for image in some:
            outcome = search(image)
            counted.update(
                images=1, found=bool(outcome.regions), same=outcome.verdict == verdict.SAME
            )
        told[kind] = _with_interval(counted)
    return told


def total(told: Mapping[str, dict]) -> dict:
    """All kinds as one."""
    counted = Counter()
    for each in told.values():
        counted.update({name: each[name] for name in each if name != "interval"})
    return _with_interval(counted)


def _with_interval(counted: Counter) -> dict:
    plain = {name: int(value) for name, value in counted.items()}
    return {**plain, "interval": list(intervals.wilson(plain["found"], plain["images"]))}


def _finds(region: Region, cloned: Cloned) -> bool:
    if region.corners is None or region.corners_in_second is None:
        return False
    places = region.corners, region.corners_in_second
    return any(
        _inside(one, cloned.source) and _inside(other, cloned.clone)
        for one, other in (places, places[::-1])
    )


def _inside(corners: np.ndarray, box: tuple[int, int, int, int]) -> bool:
    """Whether the middle of a region is in a box."""
    x, y = corners.mean(axis=0)
    left, top, right, bottom = box
    return bool(left <= x <= right and top <= y <= bottom)
