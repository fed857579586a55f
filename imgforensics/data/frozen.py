"""Any source of micrographs kept as a TFDS data set of ArrayRecord files, without TensorFlow."""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow_datasets as tfds
import tqdm
from PIL import Image

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.data.new_folder import check_complete, filling
from imgforensics.utils import reading, temporary
from imgforensics.utils.errors import UserError

SPLIT = "micrographs"  # all of them; TFDS reserves the word "all"
_OWN_FEATURES = "tensorflow_datasets.core.features."
IMAGE = tfds.features.Image(shape=(SIDE, SIDE, 1), dtype=np.uint8, encoding_format="png")


class FrozenMicrographs(tfds.core.GeneratorBasedBuilder):
    """Writes one `Micrographs` as the single split `SPLIT`."""

    VERSION = tfds.core.Version("1.0.0")

    def __init__(self, micrographs: Micrographs, data_dir: str):
        self._micrographs = micrographs
        super().__init__(data_dir=data_dir, file_format="array_record")

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            description="Gray micrographs with class, source image and, if it is fixed, split.",
            features=tfds.features.FeaturesDict(
                {
                    "image": IMAGE,
                    # Records come back in the order of their hashes; this restores the first one.
                    "position": np.int64,
                    "name": tfds.features.Text(),
                    "class": tfds.features.Text(),
                    "source": tfds.features.Text(),
                    "split": tfds.features.Text(),  # empty where the data set fixes none
                }
            ),
            metadata=tfds.core.MetadataDict(summary=json.dumps(self._micrographs.summary)),
        )

    def _split_generators(self, dl_manager) -> dict:
        del dl_manager
        return {SPLIT: self._generate_examples()}

    def _generate_examples(self):
        data = self._micrographs
        images = np.asarray(data.images)
        for i in tqdm.tqdm(range(len(data)), desc="writing micrographs", unit=" images"):
            yield (
                i,
                {
                    "image": png(images[i]),
                    "position": i,
                    "name": _encoded(data.names[i]),
                    "class": _encoded(data.classes[i]),
                    "source": _encoded(data.sources[i]),
                    "split": "" if data.split is None else data.split[i],
                },
            )


def _encoded(name: str) -> bytes:
    """UTF-8, or the bytes that a file's name has in place of it (PEP 383)."""
    return str(name).encode(errors="surrogateescape")


def freeze(micrographs: Micrographs, folder: str | os.PathLike) -> None:
    """Writes micrographs below `folder`, from where `read` or `tfds.load` read them.

    Raises:
        UserError: `folder` is not empty, or can't be written to.
    """
    with filling(folder) as root:
        prepare(FrozenMicrographs(micrographs, data_dir=os.fspath(root)))


class Stored:
    """Images that stay on disk: an index chooses some of them, `np.asarray` reads them.

    So no more than the images that are asked for is ever in memory. Several threads may read.

    Args:
        source: TFDS's records, by their place.
        keys: int64, of any shape, the places of these images.
        path: of the files, to be named if they are damaged.
    """

    def __init__(self, source: Sequence[dict], keys: np.ndarray, path: pathlib.Path):
        self._source, self._keys, self._path = source, keys, path

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, indices) -> "Stored":
        return Stored(self._source, self._keys[indices], self._path)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """uint8 [*keys.shape, 256, 256].

        Raises:
            UserError: the files are damaged.
        """
        del copy  # there is nothing yet that could be shared
        images = np.empty((self._keys.size, SIDE, SIDE), np.uint8)
        with damage_told(self._path):
            for image, key in zip(images, self._keys.flat):
                image[:] = _decoded(self._source[key])
        return images.reshape(*np.shape(self._keys), SIDE, SIDE).astype(dtype or np.uint8)


def read(folder: str | os.PathLike) -> Micrographs:
    """Reads what `freeze` wrote: the same arrays in the same order.

    Raises:
        UserError: `folder` holds no frozen micrographs, or its files are damaged.
    """
    micrographs = on_disk(folder)
    images = np.empty((len(micrographs), SIDE, SIDE), np.uint8)
    for position in tqdm.tqdm(range(len(images)), desc=f"reading {SPLIT}", unit=" images"):
        images[position] = micrographs.images[position]
    return dataclasses.replace(micrographs, images=images)


def on_disk(folder: str | os.PathLike) -> Micrographs:
    """What `read` reads, with images that stay on disk (`Stored`).

    All records are gone through once without decoding their images: for the names, and to find
    damage now rather than in the middle of a long run.

    Raises:
        UserError: as of `read`.
    """
    check_complete(folder)
    path = pathlib.Path(folder) / FrozenMicrographs.name / str(FrozenMicrographs.VERSION)
    if not (path / "dataset_info.json").exists():
        raise UserError(
            f"{folder} holds no frozen micrographs: write them with `imgforensics prepare_data`"
        )
    check_features(path / "features.json")
    with damage_told(path):
        reading.check_regular(path)
        builder = tfds.builder_from_directory(path)
        source = _source(builder, SPLIT)
        keys = np.full(len(source), -1, np.int64)
        columns = {name: [""] * len(source) for name in ("name", "class", "source", "split")}
        for key, record in enumerate(tqdm.tqdm(source, desc=f"checking {SPLIT}", unit=" images")):
            keys[record["position"]] = key
            for name, column in columns.items():
                column[record["position"]] = record[name].decode(errors="surrogateescape")
        if min(keys, default=0) < 0:
            raise ValueError("a record is missing")
        summary = json.loads(builder.info.metadata["summary"])
    return Micrographs(
        images=Stored(source, keys, path),
        names=np.array(columns["name"]),
        classes=np.array(columns["class"]),
        sources=np.array(columns["source"]),
        split=np.array(columns["split"]) if any(columns["split"]) else None,
        summary=summary,
    )


def check_features(path):
    """Refuses features of classes that aren't TFDS's own: it would import them, from anywhere.

    Raises:
        UserError: names the class; or the file can't be read.
    """
    try:
        features = reading.parse(reading.text(path))
    except (OSError, ValueError) as error:
        raise UserError(
            f"cannot read {path} ({reading.reason(error)}): "
            "remove the data set and prepare it again"
        ) from error
    for name in _class_names(features):
        if not name.startswith(_OWN_FEATURES):
            raise UserError(
                f"{path} names the class {name[:80]!r}, which is not TensorFlow Datasets' own and "
                "is not loaded: prepare the data set again"
            )


def _class_names(value) -> Iterator[str]:
    """The classes that a features.json names, in the forms of all versions of TFDS."""
    if isinstance(value, dict):
        for key in ("pythonClassName", "python_class_name", "type"):
            if isinstance(value.get(key), str):
                yield value[key]
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _class_names(inner)


def prepare(builder: tfds.core.DatasetBuilder) -> None:
    """Runs a builder if it hasn't been run.

    It is spared TFDS's talk of a download and the empty folder for one.
    """
    tfds.disable_progress_bar()  # it doesn't know the total; the builders here show one that does
    with temporary.folder() as downloads, contextlib.redirect_stdout(io.StringIO()):
        try:
            builder.download_and_prepare(download_dir=downloads)
        except OSError as error:
            raise UserError(
                f"cannot write {builder.data_path}: {error.strerror or error}"
            ) from error


def records(builder: tfds.core.DatasetBuilder, split: str) -> Iterator[dict]:
    """Records in stored order, with 'image' as uint8 [256, 256]. Shows progress."""
    for record in tqdm.tqdm(_source(builder, split), desc=f"reading {split}", unit=" images"):
        yield {**record, "image": _decoded(record)}


def _source(builder, split):
    """Records by their place; 'image' is PNG, as TFDS's own decoding warns without OpenCV."""
    return builder.as_data_source(split, decoders={"image": tfds.decode.SkipDecoding()})


def _decoded(record):
    """The image of a record, uint8 [256, 256]."""
    return np.asarray(Image.open(io.BytesIO(record["image"])))


@contextlib.contextmanager
def damage_told(path: pathlib.Path):
    """Turns what the readers raise on damaged files into a `UserError`."""
    try:
        yield
    except Exception as error:  # of protobuf, JSON, ArrayRecord, Pillow, ...
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is damaged ({reason}): remove and prepare it again") from error


def png(image: np.ndarray) -> io.BytesIO:
    """Encoded PNG of a uint8 [height, width] image; TFDS would need TensorFlow to encode it."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG", compress_level=1)
    return io.BytesIO(file.getvalue())
