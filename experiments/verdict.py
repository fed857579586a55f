"""Draws the README's picture: two figures, one panel of which is the same, compared.

python -m experiments.verdict --out=docs/verdict.png

The panels are drawn micrographs. The re-used one is mirrored, turned, enlarged and brightened.
"""

import pathlib
import shutil
import tempfile

from absl import flags

from imgforensics.utils import cli

_OUT = flags.DEFINE_string("out", None, "PNG file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print("drawing two figures", flush=True)
    import imgforensics

    with tempfile.TemporaryDirectory() as folder:
        names = [f"{folder}/figure_{letter}.png" for letter in "12"]
        for figure, name in zip(_figures(), names, strict=True):
            figure.save(name)
        found = imgforensics.compare(*names)
        picture, _ = found.save(folder)
        shutil.copy(picture, pathlib.Path(_OUT.value))
    print(f"{found}\nwritten to {_OUT.value}")


def _figures():
    """The first has three panels in a row, the second two, of which one is the first's second."""
    import jax
    from PIL import Image, ImageOps

    from imgforensics.data import procedural

    def drawn(kind, seed):
        pixels = procedural.draw(procedural.PAINTERS[kind], jax.random.key(seed))
        return Image.fromarray(jax.device_get(pixels))

    again = drawn("neuropil", 2)
    copy = ImageOps.mirror(again).rotate(90).point(lambda level: min(255, int(level * 1.15) + 10))
    copy = copy.crop((24, 24, 232, 232)).resize((256, 256), Image.Resampling.BICUBIC)
    first = [drawn("adipocytes", 1), again, drawn("muscle", 3)]
    second = [drawn("leaf_epidermis", 4), copy]
    return [_row(first, gap=6), _row(second, gap=14)]


def _row(panels, gap):
    """Panels beside each other on white."""
    from PIL import Image

    side = panels[0].width
    figure = Image.new("L", (len(panels) * (side + gap) + gap, side + 2 * gap), 255)
    for number, panel in enumerate(panels):
        figure.paste(panel, (gap + number * (side + gap), gap))
    return figure


if __name__ == "__main__":
    cli.run(main)
