"""Any source of micrographs kept as a TFDS data set of ArrayRecord files, without TensorFlow."""

import contextlib
import io
import json
import os
import pathlib
import tempfile
from typing import Iterator

import numpy as np
import tensorflow_datasets as tfds
import tqdm
from PIL import Image

from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.data.new_folder import new_folder
from imgforensics.errors import UserError

SPLIT = "micrographs"  # all of them; TFDS reserves the word "all"
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
        for i in tqdm.tqdm(range(len(data)), desc="writing micrographs", unit=" images"):
            yield (
                i,
                {
                    "image": png(data.images[i]),
                    "position": i,
                    "name": data.names[i],
                    "class": data.classes[i],
                    "source": data.sources[i],
                    "split": "" if data.split is None else data.split[i],
                },
            )


def freeze(micrographs: Micrographs, folder: str | os.PathLike) -> None:
    """Writes micrographs below `folder`, from where `read` or `tfds.load` read them.

    Raises:
        UserError: `folder` is not empty, or can't be written to.
    """
    prepare(FrozenMicrographs(micrographs, data_dir=os.fspath(new_folder(folder))))


def read(folder: str | os.PathLike) -> Micrographs:
    """Reads what `freeze` wrote: the same arrays in the same order.

    Raises:
        UserError: `folder` holds no frozen micrographs, or its files are damaged.
    """
    path = pathlib.Path(folder) / FrozenMicrographs.name / str(FrozenMicrographs.VERSION)
    if not (path / "dataset_info.json").exists():
        raise UserError(
            f"{folder} holds no frozen micrographs: write them with experiments.prepare_data"
        )
    with damage_told(path):
        builder = tfds.builder_from_directory(path)
        count = builder.info.splits[SPLIT].num_examples
        images = np.empty((count, SIDE, SIDE), np.uint8)
        columns = {key: [""] * count for key in ("name", "class", "source", "split")}
        for record in records(builder, SPLIT):
            images[record["position"]] = record["image"]
            for key, column in columns.items():
                column[record["position"]] = record[key].decode()
        summary = json.loads(builder.info.metadata["summary"])
    return Micrographs(
        images=images,
        names=np.array(columns["name"]),
        classes=np.array(columns["class"]),
        sources=np.array(columns["source"]),
        split=np.array(columns["split"]) if any(columns["split"]) else None,
        summary=summary,
    )


def prepare(builder: tfds.core.DatasetBuilder) -> None:
    """Runs a builder if it hasn't been run.

    It is spared TFDS's talk of a download and the empty folder for one.
    """
    tfds.disable_progress_bar()  # it doesn't know the total; the builders here show one that does
    with tempfile.TemporaryDirectory() as downloads, contextlib.redirect_stdout(io.StringIO()):
        try:
            builder.download_and_prepare(download_dir=downloads)
        except OSError as error:
            raise UserError(
                f"cannot write {builder.data_path}: {error.strerror or error}"
            ) from error


def records(builder: tfds.core.DatasetBuilder, split: str) -> Iterator[dict]:
    """Records in stored order, with 'image' as uint8 [256, 256]. Shows progress."""
    # TFDS's own decoding of images warns when OpenCV is not there.
    source = builder.as_data_source(split, decoders={"image": tfds.decode.SkipDecoding()})
    for record in tqdm.tqdm(source, desc=f"reading {split}", unit=" images"):
        yield {**record, "image": np.asarray(Image.open(io.BytesIO(record["image"])))}


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
