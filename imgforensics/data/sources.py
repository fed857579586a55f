"""The named sources of micrographs."""

import importlib
import pathlib

import ml_collections

from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

# Each is imported when it is asked for: jax and TFDS take seconds.
SOURCES = ("procedural", "folder", "hms_forensics", "frozen", "packed")
TFDS = "tfds:"  # before the name of any TFDS data set, which is a source, too


def load(config: ml_collections.ConfigDict) -> Micrographs:
    """Loads the micrographs that a config names.

    Args:
        config: `source`, one of `SOURCES` or `tfds:NAME`; `size` and `seed` of the procedural
            source; `folder` of the others (of `packed` a file; for `tfds:NAME` that of all TFDS
            data sets, or empty for TFDS's own); `on_device`, whether images are read into memory
            (the default); `scratch`, a folder for what the source `folder` is not to keep in memory
            (or None).

    Raises:
        UserError: unknown source, no folder named, a source that can't leave its images on disk, or
            the source's own errors.
    """
    if config.source not in SOURCES and not config.source.startswith(TFDS):
        raise UserError(
            f"unknown source of micrographs {config.source!r}: use one of {', '.join(SOURCES)} or "
            f"{TFDS}NAME"
        )
    on_device = config.get("on_device", True)  # older runs don't have the field
    if not on_device and config.source != "frozen":
        raise UserError(
            f"config.data.on_device=False needs frozen images, not the source {config.source!r}: "
            "freeze them with `imgforensics prepare_data` and set config.data.source=frozen"
        )
    if config.source.startswith(TFDS):
        if not (name := config.source.removeprefix(TFDS)):
            raise UserError("name a TFDS data set: config.data.source=tfds:NAME")
        tfds_images = importlib.import_module("imgforensics.data.tfds_images")
        return tfds_images.read(name, config.folder or None)
    module = importlib.import_module(f"imgforensics.data.{config.source}")
    if config.source == "procedural":
        return module.on_demand(config.size, config.seed)
    if not config.folder:
        raise UserError(f"the source {config.source!r} needs a folder: set the field `folder`")
    if config.source == "packed":
        return module.read(config.folder, config)
    if config.source == "folder":
        if not pathlib.Path(config.folder).is_dir():
            raise UserError(
                f"{config.folder} is not a folder: name one that holds images, "
                "by --folder or, in training, by --config.data.folder"
            )
        return module.read(config.folder, scratch=config.get("scratch"))
    return module.read(config.folder) if on_device else module.on_disk(config.folder)


def replaced(
    data: ml_collections.ConfigDict, source: str | None = None, folder: str | None = None
) -> ml_collections.ConfigDict:
    """A run's `config.data`, with micrographs that a command names in place of the run's.

    Args:
        data: of the run; it stays as it is.
        source: one of `SOURCES`, or None for that of the run.
        folder: likewise.

    Raises:
        UserError: a folder is named for the procedural source, which reads none.
    """
    data = data.copy_and_resolve_references()
    data.source, data.folder = source or data.source, folder or data.folder
    if folder and data.source == "procedural":
        raise UserError("--folder needs --source: procedural micrographs are not read from one")
    return data
