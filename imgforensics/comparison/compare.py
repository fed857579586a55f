"""Are two images the same, or parts of them, and where?"""

import dataclasses
import functools
import os
import pathlib

import numpy as np

from imgforensics import pretrained
from imgforensics.comparison import pages, report, search
from imgforensics.comparison.findings import Findings
from imgforensics.comparison.pages import Choice
from imgforensics.data import blank
from imgforensics.inference import weights as weights_file
from imgforensics.inference.weights import Model
from imgforensics.training import trained
from imgforensics.utils import digests
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration
from imgforensics.verification.calibration import Calibration

MIN_SIDE = 32  # pixels of the shorter side


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison(Findings):
    """What is found out about two images, in words, as plain values and as a picture."""

    def __repr__(self) -> str:
        names = " and ".join(self.names)
        return (
            f"<Comparison of {names}: {self.verdict}, f {self.f:.2f}, verified {self.verified:.2f}>"
        )

    def to_dict(self) -> dict:
        """All that was found out, as plain values that JSON takes; see `report.record`."""
        return report.record(self)

    def save(
        self, folder: str | os.PathLike, heat_maps: bool = False
    ) -> tuple[pathlib.Path, pathlib.Path]:
        """Writes the picture and the record into a folder; see `report.write`.

        Returns:
            The paths of the PNG file and of the JSON file.

        Raises:
            UserError: nothing can be written there.
        """
        return report.write(self, folder, self.names, heat_maps)

    def _repr_png_(self) -> bytes:
        """The picture, which notebooks show."""
        return report.png(self, self.names)


def compare(
    first: str | os.PathLike | np.ndarray,
    second: str | os.PathLike | np.ndarray,
    weights: str | os.PathLike | None = None,
    page: Choice = None,
    channel: Choice = None,
) -> Comparison:
    """Compares two images, and all their parts with each other.

    The whole images and overlapping tiles of several sizes are embedded, and f taken of all pairs.
    The whole images, what registrations of them find in common (laid on each other), and the
    closest pairs of tiles elsewhere are then looked at closely: the second is laid on the first, as
    it is, mirrored and with reversed greys, and the verified score tells how well it fits. Of a
    part eight keypoints have to agree, too. All regions that pass are told, the best first.

    Of a file with several pages, the page is compared whose f with the other image, or with the
    pages of the other file, is smallest. Channels are compared together.

    The order of the images doesn't matter: they enter in one of their own, by their pixels' hashes.

    Args:
        first, second: files of a kind that `images.read` knows, or uint8 arrays [height, width], of
            any size.
        weights: a file of weights or a run's folder, with its calibration; by default those that
            come with the package.
        page, channel: from 1, in place of that choice: of the first file and of the second, or one
            number for those that have several.

    Raises:
        UserError: an image can't be read, has no such page or channel, is smaller than 32 pixels or
            blank, both are the same file, or the weights or their calibration are missing.
    """
    chosen = pages.choose((first, second), lambda: _model(_named(weights))[0], page, channel)
    images = chosen[0].pixels, chosen[1].pixels
    _check(first, second, images)
    if digests.of_pixels(images[0]) > digests.of_pixels(images[1]):
        found = _compare(images[::-1], weights).swapped()
    else:
        found = _compare(images, weights)
    return dataclasses.replace(
        found,
        names=_names(first, second),
        files=(_file_digest(first), _file_digest(second)),
        read=(chosen[0].description, chosen[1].description),
    )


def _compare(images, weights) -> Comparison:
    first, second = images
    found = search.search((first, second), lambda: _model(_named(weights)))
    return Comparison(first=first, second=second, **found._asdict())


def _named(weights) -> str | None:
    return None if weights is None else os.fspath(weights)


def _file_digest(image) -> str | None:
    return None if isinstance(image, np.ndarray) else digests.of_file(image)


def _names(first, second) -> tuple[str, str]:
    """The files; A and B where there are pixels instead."""
    one, other = (
        letter if isinstance(image, np.ndarray) else os.fspath(image)
        for letter, image in zip("AB", (first, second), strict=True)
    )
    return one, other


def _check(first, second, images) -> None:
    files = [each for each in (first, second) if not isinstance(each, np.ndarray)]
    if len(files) == 2 and os.path.samefile(*files):
        raise UserError(f"{first} and {second} are the same file: name two images")
    for name, image in zip((first, second), images):
        name = "an image" if isinstance(name, np.ndarray) else name
        height, width = image.shape
        if min(height, width) < MIN_SIDE:
            raise UserError(
                f"{name} has {width}x{height} pixels: it takes {MIN_SIDE} either way to compare"
            )
        if blank.is_blank(image):
            raise UserError(f"{name} is blank: there is nothing to compare")


@functools.lru_cache(maxsize=2)
def _model(path: str | None) -> tuple[Model, Calibration]:
    file = pathlib.Path(pretrained.path() if path is None else path)
    model = trained.read(file)
    fitted = calibration.load(calibration.beside(file), weights_file.fingerprint(model))
    return model, fitted
