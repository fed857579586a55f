"""Scales a trained model's f so that f <= 1 has a stated false-positive rate, and exports it.

    imgforensics scale_alpha --weights=W --rate=0.01 --out=FILE.npz

The rate is that among all pairs of different images of the run's validation split, manipulated as
in training. Embeddings and the order of pairs stay as they are. What was measured goes to
FILE.json.
"""

import json
import pathlib

from absl import flags

from imgforensics.commands import shared

_MODEL = shared.define_model(required=True)
_RATE = flags.DEFINE_float("rate", 0.01, "Of false positives.", lower_bound=1e-9, upper_bound=1)
_OUT = flags.DEFINE_string("out", None, "New file to write.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"scaling alpha of {_MODEL.weights.value}", flush=True)
    from imgforensics.data import sources, splits
    from imgforensics.evaluation import operating
    from imgforensics.inference import weights
    from imgforensics.utils import atomic, compilation

    compilation.use_cache()
    model = _MODEL.read()
    micrographs = sources.load(model.config.data)
    validation = splits.of(micrographs, model.config.data).validation
    scaled, record = operating.scale_alpha(model, micrographs, validation, _RATE.value)
    weights.export(scaled, _OUT.value)
    with atomic.writing(pathlib.Path(_OUT.value).with_suffix(".json"), "w") as file:
        json.dump(record, file, indent=1)
    for name, value in record.items():
        print(f"{name}: {value:.6g}")
    print(f"written to {_OUT.value}")
