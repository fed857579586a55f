"""Pairs of pictures of which people said what they are, as a TFDS data set of ArrayRecord files."""

import io
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow_datasets as tfds
import tqdm
from PIL import Image

from imgforensics.data import frozen
from imgforensics.data.new_folder import check_complete, filling
from imgforensics.utils import digests, reading
from imgforensics.utils.errors import UserError

SPLIT = "pairs"
SAME, DIFFERENT = "same", "different"
_PNG = tfds.features.Image(shape=(None, None, 1), dtype=np.uint8, encoding_format="png")


class Pair(NamedTuple):
    """Two pictures and what they are.

    Attributes:
        first, second: SHA-256 of their pixels.
        label: `SAME`, one picture or parts of one; or `DIFFERENT`, though they were taken for that.
        group: of pairs that share pictures or documents; whoever splits them keeps it together.
    """

    first: str
    second: str
    label: str
    group: str


class LabelledPairs(tfds.core.GeneratorBasedBuilder):
    """Writes pairs as the single split `SPLIT`."""

    VERSION = tfds.core.Version("1.1.0")

    def __init__(
        self, pairs: Sequence[Pair], load: Callable[[str], np.ndarray], data_dir: str | os.PathLike
    ):
        self._pairs, self._load = pairs, load
        super().__init__(data_dir=os.fspath(data_dir), file_format="array_record")

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            description="Pairs of grey pictures that people judged: positives and hard negatives.",
            features=tfds.features.FeaturesDict(
                {
                    "first": _PNG,
                    "second": _PNG,
                    "label": tfds.features.ClassLabel(names=[DIFFERENT, SAME]),
                    "first_sha256": tfds.features.Text(),
                    "second_sha256": tfds.features.Text(),
                    "group": tfds.features.Text(),
                }
            ),
        )

    def _split_generators(self, dl_manager) -> dict:
        del dl_manager
        return {SPLIT: self._generate_examples()}

    def _generate_examples(self) -> Iterator[tuple[str, dict]]:
        for pair in tqdm.tqdm(self._pairs, desc="writing pairs", unit=" pairs"):
            yield (
                f"{pair.first}{pair.second}",
                {
                    "first": frozen.png(self._load(pair.first)),
                    "second": frozen.png(self._load(pair.second)),
                    "label": pair.label,
                    "first_sha256": pair.first,
                    "second_sha256": pair.second,
                    "group": pair.group,
                },
            )


def write(
    folder: str | os.PathLike, pairs: Sequence[Pair], load: Callable[[str], np.ndarray]
) -> None:
    """Writes pairs below a folder, from where `tfds.builder_from_directory` reads them.

    Args:
        folder: new, or empty.
        pairs: each two pictures once.
        load: gives the pixels of a picture by its hash, uint8 [height, width].

    Raises:
        UserError: something is in the folder, or it can't be written to; or those of `load`.
    """
    with filling(folder) as root:
        frozen.prepare(LabelledPairs(pairs, load, root))


def read(folder: str | os.PathLike) -> tuple[list[Pair], dict[str, np.ndarray]]:
    """Reads what `write` wrote.

    Returns:
        The pairs in the order of their hashes, and the pictures by theirs, uint8 [height, width].

    Raises:
        UserError: there is no such data set, it is incomplete or damaged, or a picture is another
            one than that which was judged.
    """
    check_complete(folder)
    path = pathlib.Path(folder) / LabelledPairs.name / str(LabelledPairs.VERSION)
    if not (path / "dataset_info.json").exists():
        raise UserError(
            f"{folder} holds no labelled pairs of this version: write them with "
            "`imgforensics verdicts dataset`"
        )
    frozen.check_features(path / "features.json")
    pairs, pictures = [], {}
    with frozen.damage_told(path):
        reading.check_regular(path)
        builder = tfds.builder_from_directory(path)
        label = builder.info.features["label"].int2str
        plain = {side: tfds.decode.SkipDecoding() for side in ("first", "second")}
        for record in builder.as_data_source(SPLIT, decoders=plain):
            first, second = (record[f"{side}_sha256"].decode() for side in plain)
            group = record["group"].decode()
            pairs.append(Pair(first, second, label(record["label"]), group))
            for digest, side in ((first, "first"), (second, "second")):
                if digest not in pictures:
                    pictures[digest] = _picture(record[side], digest)
    return sorted(pairs), pictures


def _picture(content: bytes, digest: str) -> np.ndarray:
    """The pixels of a PNG file, uint8 [height, width], which have the hash that they should have.

    Raises:
        ValueError: they have another one, or can't be read.
    """
    try:
        pixels = np.asarray(Image.open(io.BytesIO(content)))
    except (OSError, SyntaxError) as error:  # of Pillow, the latter for broken chunks
        raise ValueError(f"the picture {digest} can't be read") from error
    if digests.of_pixels(pixels) != digest:
        raise ValueError(f"the picture {digest} is another one")
    return pixels
