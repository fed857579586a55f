"""The named sources of micrographs."""

import importlib

import ml_collections

from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

# Each is imported when it is asked for: jax and TFDS take seconds.
SOURCES = ("procedural", "folder", "hms_forensics", "frozen", "packed")


def load(config: ml_collections.ConfigDict) -> Micrographs:
    """Loads the micrographs that a config names.

    Args:
        config: `source`, one of `SOURCES`; `size` and `seed` of the procedural source; `folder` of
            the others (of `packed` a file); `on_device`, whether the images are to be read into
            memory (the default); `scratch`, a folder for what the source `folder` is not to keep in
            memory (or None).

    Raises:
        UserError: unknown source, no folder named, a source that can't leave its images on disk, or
            the source's own errors.
    """
    if config.source not in SOURCES:
        raise UserError(
            f"unknown source of micrographs {config.source!r}: use one of {', '.join(SOURCES)}"
        )
    on_device = config.get("on_device", True)  # older runs don't have the field
    if not on_device and config.source != "frozen":
        raise UserError(
            f"config.data.on_device=False needs frozen images, not the source {config.source!r}: "
            "freeze them with experiments.prepare_data and set config.data.source=frozen"
        )
    module = importlib.import_module(f"imgforensics.data.{config.source}")
    if config.source == "procedural":
        return module.generate(config.size, config.seed)
    if not config.folder:
        raise UserError(f"the source {config.source!r} needs a folder: set the field `folder`")
    if config.source == "packed":
        return module.read(config.folder, config)
    if config.source == "folder":
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
