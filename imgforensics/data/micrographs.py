"""The one interface of all sources of micrographs."""

import dataclasses
from typing import Any, Protocol

import numpy as np

SIDE = 256  # pixels; paper section 3.3: micrographs are cropped in patches of 256x256


class Images(Protocol):
    """uint8 [n, 256, 256], in memory or not: an index chooses some, `np.asarray` reads them."""

    def __len__(self) -> int: ...

    def __getitem__(self, indices: Any, /) -> Any: ...

    def __array__(self) -> np.ndarray: ...


@dataclasses.dataclass(frozen=True)
class Micrographs:
    """Gray micrographs with what is needed to split them honestly.

    Attributes:
        images: uint8 [n, 256, 256]; an array, or `frozen.Stored` or `procedural.Drawings`, which
            become one by `np.asarray`.
        names: str [n], a unique and stable name of each crop.
        classes: str [n], the kind of specimen or assay.
        sources: str [n], the source image that each crop was cut from. Crops of one source share
            stain, noise and background, so that a split never separates them.
        split: str [n] of 'train', 'validation' and 'test' where the data set fixes its own split,
            else None.
        absent_classes: of the data set that these are a part of, those that have no image here
            since they are held out of training.
        drawn: images that were drawn beforehand, to be added to those that are trained on, by the
            fields of `data.added`; what is missing is drawn when it is needed.
        summary: what was read, what was skipped and why, as plain JSON values.
    """

    images: Images
    names: np.ndarray
    classes: np.ndarray
    sources: np.ndarray
    split: np.ndarray | None = None
    summary: dict = dataclasses.field(default_factory=dict)
    absent_classes: tuple[str, ...] = ()
    drawn: dict[str, "Micrographs"] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)
