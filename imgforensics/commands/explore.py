"""Lays images out by their embeddings: a page for the browser, and files for TensorBoard.

    imgforensics explore --folder=DIR --out=OUT
    imgforensics explore --source=folder --folder=DIR --out=OUT
    imgforensics explore --weights=RUN --out=OUT

The images are those of any folder, each as a whole; or, with --source, the crops of micrographs, as
for training; or, without both, the micrographs that the weights were trained on. Of more than
--most a random sample is shown.

OUT/explorer.html is complete in itself: thumbnails in the plane of the first two principal
components, and for the one that is chosen its nearest neighbours by f. OUT/projector is for
`tensorboard --logdir=OUT/projector`. Existing files are replaced.
"""

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import outputs
from imgforensics.utils.printable import printable

_MODEL = shared.define_model()
_FOLDER = flags.DEFINE_string("folder", None, "Folder of images.")
_SOURCE = flags.DEFINE_string("source", None, "Source of micrographs, to be cut into crops.")
_MOST = flags.DEFINE_integer("most", 5000, "How many images to show.", lower_bound=2)
_OUT = flags.DEFINE_string("out", None, "Folder to write to.", required=True)


def main(argv: list[str]) -> None:
    del argv
    what = _FOLDER.value or _SOURCE.value or _MODEL.name
    print(f"exploring {printable(what)}", flush=True)
    from imgforensics.data import sources, summary
    from imgforensics.explore import gallery, page, projector
    from imgforensics.utils import compilation

    compilation.use_cache()
    out = outputs.check_folder(_OUT.value)
    model = _MODEL.read()
    side = model.config.manipulations.output_size
    if _FOLDER.value and not _SOURCE.value:
        images = gallery.whole(_FOLDER.value, side, _MOST.value)
    else:
        data = model.config.data.copy_and_resolve_references()
        data.source, data.folder = _SOURCE.value or data.source, _FOLDER.value or data.folder
        images = gallery.crops(sources.load(data), side, _MOST.value)
    print(summary.describe(images.summary), flush=True)
    shown = gallery.embedded(model, images)
    projector.write(shown, out / "projector")
    title = f"{len(images.names)} images, embedded by {_MODEL.name}"
    page.write(shown, title, out / "explorer.html")
    print(f"written: {printable(out / 'explorer.html')}, {printable(out / 'projector')}")
