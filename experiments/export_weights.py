r"""Writes a trained model as one file: config, parameters, running moments and their hash.

    python -m experiments.export_weights --workdir=DIR --out=FILE.npz \
        [--which=latest|average] [--half]
"""

from absl import flags

from imgforensics.utils import cli

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of a training run.", required=True)
_OUT = flags.DEFINE_string("out", None, "New file to write.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Which to take.")
_HALF = flags.DEFINE_bool("half", False, "In half precision, which takes half the room.")


def main(argv) -> None:
    del argv
    print(f"reading the {_WHICH.value} checkpoint of {_WORKDIR.value}", flush=True)
    from imgforensics.inference import weights
    from imgforensics.training import checkpoints

    model = checkpoints.read_model(_WORKDIR.value, _WHICH.value)
    weights.export(model, _OUT.value, half=_HALF.value)
    print(f"written to {_OUT.value}: the model after step {model.step}")


if __name__ == "__main__":
    cli.run(main)
