"""Files for the projector of TensorBoard, which need no TensorBoard to be written."""

import os
import pathlib
from collections.abc import Iterable

from imgforensics.explore import sprite
from imgforensics.explore.gallery import Gallery
from imgforensics.utils import atomic, pictures

_CONFIG = """\
embeddings {{
  tensor_name: "embeddings"
  tensor_path: "tensors.tsv"
  metadata_path: "metadata.tsv"
  sprite {{
    image_path: "sprite.png"
    single_image_dim: {side}
    single_image_dim: {side}
  }}
}}
"""


def write(gallery: Gallery, folder: str | os.PathLike) -> None:
    """Writes tensors.tsv, metadata.tsv, sprite.png and projector_config.pbtxt.

    `tensorboard --logdir=FOLDER` then shows the images under "Projector". Its neighbours are by
    Euclidean or cosine distance, not by f.

    Args:
        gallery: what to show.
        folder: where to; made if missing, and existing files are replaced.

    Raises:
        UserError: a file can't be written.
    """
    root, images = pathlib.Path(folder), gallery.images
    picture, side, _ = sprite.sheet(images.pixels)
    with atomic.writing(root / "tensors.tsv") as file:
        file.writelines(_line(map("{:.9g}".format, row)) for row in gallery.embeddings.tolist())
    with atomic.writing(root / "metadata.tsv") as file:
        file.write(_line(("name", "class", "source")))
        file.writelines(map(_line, zip(images.names, images.classes, images.sources)))
    pictures.save(picture, root / "sprite.png")
    with atomic.writing(root / "projector_config.pbtxt") as file:
        file.write(_CONFIG.format(side=side))


def _line(cells: Iterable[str]) -> str:
    # A name may hold what would end a cell or a line.
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"
