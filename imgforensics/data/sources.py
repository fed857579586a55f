"""The named sources of micrographs."""

import importlib

import ml_collections

from imgforensics.data.micrographs import Micrographs
from imgforensics.errors import UserError

# Each is imported when it is asked for: jax and TFDS take seconds.
SOURCES = ("procedural", "folder", "hms_forensics", "frozen")


def load(config: ml_collections.ConfigDict) -> Micrographs:
    """Loads the micrographs that a config names.

    Args:
        config: `source`, one of `SOURCES`; `size` and `seed` of the procedural source; `folder` of
            the others.

    Raises:
        UserError: unknown source, no folder named, or the source's own errors.
    """
    if config.source not in SOURCES:
        raise UserError(
            f"unknown source of micrographs {config.source!r}: use one of {', '.join(SOURCES)}"
        )
    module = importlib.import_module(f"imgforensics.data.{config.source}")
    if config.source == "procedural":
        return module.generate(config.size, config.seed)
    if not config.folder:
        raise UserError(f"the source {config.source!r} needs a folder: set the field `folder`")
    return module.read(config.folder)
