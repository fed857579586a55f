"""Which picture of each file is compared, where a file has several."""

import os
from collections.abc import Callable

import numpy as np

from imgforensics.data import blank
from imgforensics.images.fit import fit_square
from imgforensics.images.read import Picture, read_image, read_pages
from imgforensics.inference.embed import embed
from imgforensics.inference.weights import Model
from imgforensics.models import metric
from imgforensics.utils.errors import UserError

# Of either file, None where it is left open; or one number for those that have several.
OfEither = tuple[int | None, int | None]
Choice = int | OfEither | None


def choose(
    images: tuple, model: Callable[[], Model], page: Choice, channel: Choice
) -> tuple[Picture, Picture]:
    """Reads two images; of pages among which nothing was chosen, those with the smallest f.

    Args:
        images: two paths, or uint8 arrays [height, width].
        model: gives what embeds; called where there are pages to choose from.
        page, channel: from 1.

    Raises:
        UserError: a file can't be read, or has no such page or channel; an array is no image.
    """
    if isinstance(page, int) or isinstance(channel, int):
        opened = [read(image, None, None) for image in images]
        page = _of_those_with_several(page, [found.pages for found in opened])
        channel = _of_those_with_several(channel, [found.channels for found in opened])
    page, channel = page or (None, None), channel or (None, None)
    opened = [read(*each) for each in zip(images, page, channel)]
    several = [chosen is None and each.pages > 1 for chosen, each in zip(page, opened)]
    if not any(several):
        return opened[0], opened[1]
    side = model().config.manipulations.output_size
    candidates = [
        _candidates(image, number, side) if each else [(found.page, fit_square(found.pixels, side))]
        for image, number, found, each in zip(images, channel, opened, several)
    ]
    if not all(candidates):  # all pages of one are blank, which is told later
        return opened[0], opened[1]
    embedded = [embed(model(), (square for _, square in each)) for each in candidates]
    f = np.asarray(metric.distance(model().metric, embedded[0][:, None], embedded[1][None]))
    closest = np.unravel_index(f.argmin(), f.shape)
    pages = [each[number][0] for each, number in zip(candidates, closest)]
    one, other = (
        read_image(image, number, of) if each and number != found.page else found
        for image, number, of, each, found in zip(images, pages, channel, several, opened)
    )
    return one, other


def _of_those_with_several(number: Choice, counts: list[int]) -> OfEither | None:
    """A number alone, for each file; where none has several, it is tried all the same."""
    if not isinstance(number, int):
        return number
    one, other = (number if count > 1 or max(counts) == 1 else None for count in counts)
    return one, other


def _candidates(path, channel, side) -> list[tuple[int, np.ndarray]]:
    """Number and central square of each page that shows something."""
    return [
        (picture.page, fit_square(picture.pixels, side))
        for picture in read_pages(path, channel)
        if not blank.is_blank(picture.pixels)
    ]


def read(image: str | os.PathLike | np.ndarray, page: int | None, channel: int | None) -> Picture:
    """Reads one image.

    Args:
        image: a path, or uint8 [height, width].
        page, channel: from 1; by default the first page and all channels together.

    Raises:
        UserError: as in `choose`.
    """
    if not isinstance(image, np.ndarray):
        return read_image(image, page, channel)
    if image.ndim != 2 or image.dtype != np.uint8:
        raise UserError(
            f"an image is an array of {image.dtype} and shape {image.shape}: give grey levels, "
            "uint8 [height, width], or name a file"
        )
    return Picture(pixels=image, page=1, pages=1, channel=None, channels=1, notes=())
