"""Lays images out by their embeddings: a page for the browser, and files for TensorBoard.

    python -m experiments.explore --weights=W --out=OUT
    python -m experiments.explore --weights=W --folder=DIR --out=OUT
    python -m experiments.explore --weights=W --source=folder --folder=DIR --out=OUT

W is a training run's folder or an exported weights file. The images are the micrographs that the
run was made with; or, with --folder alone, those of any folder, each as a whole; or, with --source,
the crops of other micrographs, as for training. Of more than --most a random sample is shown.

OUT/explorer.html is complete in itself: thumbnails in the plane of the first two principal
components, and for the one that is chosen its nearest neighbours by f. OUT/projector is for
`tensorboard --logdir=OUT/projector`. Existing files are replaced.
"""

import pathlib

from absl import flags

from imgforensics.utils import cli

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of images.")
_SOURCE = flags.DEFINE_string("source", None, "Source of micrographs, to be cut into crops.")
_MOST = flags.DEFINE_integer("most", 5000, "How many images to show.", lower_bound=2)
_OUT = flags.DEFINE_string("out", None, "Folder to write to.", required=True)


def main(argv) -> None:
    del argv
    print(f"exploring {_FOLDER.value or _SOURCE.value or _WEIGHTS.value}", flush=True)
    from imgforensics.data import sources, summary
    from imgforensics.explore import gallery, page, projector
    from imgforensics.inference import weights
    from imgforensics.utils import compilation

    compilation.use_cache()
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    side = model.config.manipulations.output_size
    if _FOLDER.value and not _SOURCE.value:
        images = gallery.whole(_FOLDER.value, side, _MOST.value)
    else:
        data = model.config.data.copy_and_resolve_references()
        data.source, data.folder = _SOURCE.value or data.source, _FOLDER.value or data.folder
        images = gallery.crops(sources.load(data), side, _MOST.value)
    print(summary.describe(images.summary), flush=True)
    shown = gallery.embedded(model, images)
    out = pathlib.Path(_OUT.value)
    projector.write(shown, out / "projector")
    title = f"{len(images.names)} images, embedded by {_WEIGHTS.value}"
    page.write(shown, title, out / "explorer.html")
    print(f"written: {out / 'explorer.html'}, {out / 'projector'}")


if __name__ == "__main__":
    cli.run(main)
