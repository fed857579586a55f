"""Micrographs from any TFDS data set that has images, without TensorFlow."""

import collections
import os
import pathlib
import tempfile

import numpy as np
import tensorflow_datasets as tfds
import tqdm

from imgforensics.data.folder import MIN_CONTRAST, grid
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

IMAGE = "image"  # the feature that is read
_SPLITS = {"train", "validation", "test"}


def read(name: str, data_dir: str | os.PathLike | None = None) -> Micrographs:
    """Cuts the images of a data set into non-overlapping 256x256 crops, as `folder.read` does.

    Each image is a source of its own, and its class is the data set's label, or the data set's name
    where it has none. A data set with the
    splits train, validation and test keeps them; the images of others are put together.

    Args:
        name: of the data set, as TFDS takes it: NAME, NAME/CONFIG or NAME:VERSION. It is made, and
            downloaded, if it isn't there.
        data_dir: TFDS's folder of data sets; None for its own.

    Returns:
        The crops, named `<split>_<number>_r<row>_c<column>` by their top left pixel.

    Raises:
        UserError: there is no such data set, it has no images, none is usable, it can't be made
            without TensorFlow, or it was made in a format that only TensorFlow reads.
    """
    builder = _prepared(name, data_dir)
    label = _check_features(name, builder.info.features)
    splits = sorted(builder.info.splits)
    crops, columns, skipped, unreadable = [], [], collections.Counter(), {}
    total = 0
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "image"
        for split in splits:
            records = _records(name, builder, split)
            total += len(records)
            for number, record in enumerate(tqdm.tqdm(records, desc=f"reading {split}")):
                source = f"{split}_{number:06d}"
                # Every picture is read by the one reader of this package, which takes files.
                file.write_bytes(record[IMAGE])
                try:
                    image = read_gray(file)
                except UserError as error:
                    unreadable[source] = str(error).removeprefix(f"cannot read {file}: ")
                    continue
                kind = _class_of(builder.info.features, label, record) or name
                skipped["smaller than 256x256"] += min(image.shape) < SIDE
                for row, column in grid(image.shape, SIDE):
                    crop = image[row : row + SIDE, column : column + SIDE]
                    if crop.std() < MIN_CONTRAST:
                        skipped["near-blank crops"] += 1
                        continue
                    crops.append(crop)
                    columns.append((f"{source}_r{row:05d}_c{column:05d}", kind, source, split))
    skipped["unreadable"] = len(unreadable)
    left_out = {reason: count for reason, count in skipped.items() if count}
    if not crops:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in left_out.items())
        raise UserError(
            f"the TFDS data set {name} gives no usable 256x256 crop ({total} images; "
            f"{reasons or 'nothing skipped'}): name one of larger images"
        )
    names, classes, sources, split_of = map(np.array, zip(*columns))
    return Micrographs(
        images=np.stack(crops),
        names=names,
        classes=classes,
        sources=sources,
        split=split_of if set(splits) == _SPLITS else None,
        summary={
            "source": f"tfds:{name}",
            "version": str(builder.info.full_name),
            "images": total,
            "crops": len(crops),
            "skipped": left_out,
            "unreadable": unreadable,
            "crops of each class": dict(sorted(collections.Counter(classes.tolist()).items())),
        },
    )


def _prepared(name, data_dir):
    """The builder of a data set whose files are there."""
    try:
        builder = tfds.builder(name, data_dir=data_dir, file_format="array_record")
    except tfds.core.DatasetNotFoundError as error:
        raise UserError(
            f"TFDS knows no data set {name!r}: name one of its own, or the folder of data sets "
            "(config.data.folder) in which it lies"
        ) from error
    except Exception as error:
        raise UserError(f"TFDS can't open the data set {name!r}: {_reason(error)}") from error
    try:
        builder.download_and_prepare()
    except Exception as error:  # of the network, the disk, the data set's own code, TensorFlow
        raise UserError(
            f"TFDS can't make the data set {name!r} without TensorFlow: {_reason(error)}; make it "
            'elsewhere, with file_format="array_record", and name its folder (config.data.folder)'
        ) from error
    return builder


def _check_features(name, features) -> str | None:
    """The feature that holds classes, if there is one."""
    if IMAGE not in features or not isinstance(features[IMAGE], tfds.features.Image):
        raise UserError(
            f"the TFDS data set {name} has no images in a feature {IMAGE!r}: its features are "
            f"{', '.join(features)}"
        )
    if features[IMAGE].np_dtype not in (np.uint8, np.uint16):
        raise UserError(
            f"the images of the TFDS data set {name} are of {np.dtype(features[IMAGE].np_dtype)}: "
            "name one of uint8 or uint16"
        )
    labels = [key for key in features if isinstance(features[key], tfds.features.ClassLabel)]
    return "label" if "label" in labels else next(iter(labels), None)


def _class_of(features, label, record) -> str | None:
    """The class of a record; None where there is no label, or -1 in its place, as in some tests."""
    if label is None or record[label] < 0:
        return None
    return features[label].int2str(record[label])


def _records(name, builder, split):
    try:
        return builder.as_data_source(split, decoders={IMAGE: tfds.decode.SkipDecoding()})
    except NotImplementedError as error:
        raise UserError(
            f"the files of the TFDS data set {name} in {builder.data_dir} are of a format that "
            "only TensorFlow reads: name another folder (config.data.folder) to make it anew in"
        ) from error


def _reason(error: Exception) -> str:
    """The first line of an error, which may go on for many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
