"""Times what verification takes: tables of pairs, `imgforensics compare`, and different pairs.

    python -m experiments.verification_speed --folder=MICROGRAPHS --out=results/speed.json

Half of the pairs are copies by the manipulations of section 3.3 (V01), the others different images,
all of them 128x128 and each in one pair. Panels are whole micrographs, of 256x256. It takes five
minutes on two cores, and needs a machine that does nothing else.
"""

import pathlib
import tempfile

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_PAIRS = flags.DEFINE_integer("pairs", 600, "Pairs of the table.", lower_bound=4)
_REPEATS = flags.DEFINE_integer("repeats", 5, "Timed launches of compare.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of all draws.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"timing verification on micrographs of {_FOLDER.value}", flush=True)
    outputs.check_file(_OUT.value)
    import numpy as np

    from experiments.benchmarks import verification
    from experiments.tables import table_speed
    from imgforensics import pretrained
    from imgforensics.data import sources
    from imgforensics.evaluation import results
    from imgforensics.manipulations import ranges
    from imgforensics.testsets import build
    from imgforensics.utils import compilation, machine

    compilation.use_cache()
    data = pretrained.load_pretrained().config.data
    micrographs = sources.load(sources.replaced(data, "folder", _FOLDER.value))
    half, unlike = _PAIRS.value // 2, _PAIRS.value - _PAIRS.value // 2
    order = np.random.default_rng(_SEED.value).permutation(len(micrographs))
    images = np.asarray(micrographs.images[order[: half + 2 * unlike + 18]])
    copied, others, panels = np.split(images, [half, half + 2 * unlike])
    copies = build.manipulated_copies(copied, ranges.v01(), _SEED.value)
    crops = np.split(others[:, 64:192, 64:192], 2)
    shared = np.ascontiguousarray(panels[0, ::-1])
    figures = {
        "single panels, the same": (panels[0], shared),
        "single panels, different": (panels[0], panels[1]),
        "nine-panel figures, one panel the same": (
            verification.figure(panels[:9]), verification.figure([*panels[9:17], shared]),
        ),
        "nine-panel figures, different": (
            verification.figure(panels[:9]), verification.figure(panels[9:]),
        ),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        compared = verification.compare(figures, _REPEATS.value, pathlib.Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        scored = verification.score_pairs(
            *map(np.concatenate, zip(copies, crops)), pathlib.Path(scratch)
        )
    record = {
        "speed": {
            "compare": compared,
            "score_pairs": scored,
            "evidence": verification.evidence_rates(*crops),
        },
        "machine": machine.describe(),
        "versions": results.versions(),
    }
    results.write(record, _OUT.value)
    print(table_speed.markdown([record]))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
