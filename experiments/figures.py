"""Draws the README's pictures: procedural micrographs and, as in Figure 2, the manipulations.

python -m experiments.figures --out=docs
"""

import pathlib

from absl import flags

from imgforensics import cli

_OUT = flags.DEFINE_string("out", None, "Folder that the pictures go to.", required=True)


def main(_):
    print(f"drawing to {_OUT.value}", flush=True)
    import skimage.color
    import skimage.data

    from imgforensics.data import procedural
    from imgforensics.figures import saving
    from imgforensics.figures.contact_sheet import contact_sheet
    from imgforensics.figures.deformations import deformations

    folder = pathlib.Path(_OUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    contact_sheet(procedural.generate(2 * len(procedural.PAINTERS)), folder / "procedural.png")
    tissue = skimage.color.rgb2gray(skimage.data.immunohistochemistry())[0:256, 160:416]
    saving.save(deformations((tissue * 255).astype("uint8"), seed=1), folder / "deformations")
    print(f"written: {folder / 'procedural.png'}, {folder / 'deformations.png'}")


if __name__ == "__main__":
    cli.run(main)
