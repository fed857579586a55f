r"""Trains a network.

python -m experiments.train --config=configs/paper.py --workdir=DIR [--config.field=value]

The same command goes on where an interrupted run stopped. Ctrl-C and SIGTERM save the run first;
the exit code is then 130 or 143.
"""

import sys

from absl import flags
from ml_collections import config_flags

from imgforensics import cli

_CONFIG = config_flags.DEFINE_config_file("config", None, "What to train; see configs/.")
_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run: checkpoints and metrics.")


def main(_):
    print(f"training in {_WORKDIR.value}", flush=True)
    from imgforensics.training import loop

    try:
        loop.train(_CONFIG.value, _WORKDIR.value)
    except loop.Interrupted as reason:
        print(reason, file=sys.stderr)
        sys.exit(128 + reason.signal)  # as shells tell: 130 for Ctrl-C, 143 for SIGTERM


if __name__ == "__main__":
    flags.mark_flags_as_required(["config", "workdir"])
    cli.run(main)
