"""Writes a trained model as one file: config, parameters, running moments and their hash.

imgforensics export_weights --workdir=DIR --out=FILE.npz [--which=latest|average] [--half]
"""

from absl import flags

from imgforensics.commands import shared

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of a training run.", required=True)
_OUT = flags.DEFINE_string("out", None, "New file to write.", required=True)
_WHICH = shared.define_which()
_HALF = flags.DEFINE_bool("half", False, "In half precision, which takes half the room.")


def main(argv: list[str]) -> None:
    del argv
    print(f"reading the {_WHICH.value} checkpoint of {_WORKDIR.value}", flush=True)
    from imgforensics.inference import weights
    from imgforensics.training import checkpoints

    model = checkpoints.read_model(_WORKDIR.value, _WHICH.value)
    weights.export(model, _OUT.value, half=_HALF.value)
    print(f"written to {_OUT.value}: the model after step {model.step}")
