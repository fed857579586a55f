"""Counts how often `compare A` finds clones within one image, and how often it finds none too many.

    python -m experiments.copy_move --folder=MICROGRAPHS --out=results/copy_move.json

A part of 72x72 pixels is cloned within micrographs of 256x256, by each manipulation of section 3.3
and by several. The images are of the test split and of the held-out classes of the weights, which
training has not seen. Others are as they are, or are drawn textures that repeat themselves: in
these there is nothing to be found. It takes a quarter of an hour on two cores.
"""

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_EACH = flags.DEFINE_integer("each", 20, "Images of each kind of clone.", lower_bound=1)
_PLAIN = flags.DEFINE_integer("plain", 120, "Micrographs as they are.", lower_bound=1)
_DRAWN = flags.DEFINE_integer("drawn", 12, "Drawn images of each texture.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of all draws.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"cloning parts of micrographs of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    import numpy as np
    import tqdm

    from experiments.cloned import images, judge
    from experiments.tables import table_copy_move
    from experiments.unseen import split
    from imgforensics import compare, pretrained
    from imgforensics.evaluation import results
    from imgforensics.inference import weights
    from imgforensics.utils import compilation

    compilation.use_cache()
    model = pretrained.load_pretrained()
    micrographs, parts = split.read(_FOLDER.value, model)
    unseen = np.concatenate([parts.test, parts.held_out])
    order = np.random.default_rng(_SEED.value).permutation(unseen)
    shown = np.asarray(micrographs.images[order])
    plain, rest = np.split(shown, [_PLAIN.value])
    cloned = [image for image in rest if images.shows_enough(image)]
    cloned = np.stack(cloned[: _EACH.value * len(images.KINDS)])
    clones = images.clone(cloned, _SEED.value)
    others = {"micrographs": plain, **images.textures(_DRAWN.value, _SEED.value)}
    with tqdm.tqdm(
        total=len(clones) + sum(map(len, others.values())), desc="comparing", unit=" images"
    ) as bar:

        def search(image):
            bar.update()
            return compare(image)

        record = {
            "clones": judge.of_clones(clones, search),
            "others": judge.of_others(others, search),
            "side": images.SIDE,
            "fingerprint": weights.fingerprint(model),
            "versions": results.versions(),
        }
    results.write(record, _OUT.value)
    print(table_copy_move.markdown([record]))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
