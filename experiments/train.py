r"""Trains a network.

python -m experiments.train --config=configs/paper.py --workdir=DIR [--config.field=value]

The same command goes on where an interrupted run stopped. Ctrl-C and SIGTERM save the run first;
the exit code is then 130 or 143.

Several processes, mostly one on each host, share the batches of one run. Each is started by the
same command with its own number, and the first one writes:

    --coordinator=HOST0:1234 --num_processes=2 --process_id=0    (and 1 on the other host)

On a TPU slice and under SLURM or Open MPI --distributed alone finds the others.
"""

import contextlib
import re
import sys

from absl import flags
from ml_collections import config_flags

from imgforensics.training import processes
from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_CONFIG = config_flags.DEFINE_config_file("config", None, "What to train; see configs/.")
_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run: checkpoints and metrics.")
_COORDINATOR = flags.DEFINE_string("coordinator", None, "HOST:PORT of the first process.")
_NUM_PROCESSES = flags.DEFINE_integer("num_processes", None, "How many there are.", lower_bound=1)
_PROCESS_ID = flags.DEFINE_integer("process_id", None, "Which this one is, from 0.", lower_bound=0)
_DISTRIBUTED = flags.DEFINE_boolean(
    "distributed", False, "Several processes, which the environment makes known to each other."
)


def main(_):
    print(f"training in {_WORKDIR.value}", flush=True)
    with _together():
        from imgforensics.training import devices, loop, rundir

        if not _several():
            begun = rundir.devices_of(_WORKDIR.value)
            devices.one_for_each_core(_CONFIG.value.batch_size, begun=begun)
        try:
            loop.train(_CONFIG.value, _WORKDIR.value)
        except loop.Interrupted as reason:
            print(reason, file=sys.stderr)
            sys.exit(128 + reason.signal)  # as shells tell: 130 for Ctrl-C, 143 for SIGTERM


def _named():
    return _COORDINATOR.value, _NUM_PROCESSES.value, _PROCESS_ID.value


def _several():
    """Whether this is one of several processes."""
    return _DISTRIBUTED.value or _named() != (None, None, None)


def _together():
    """The other processes of the run, if there are any."""
    if not _several():
        return contextlib.nullcontext()
    named = _named()
    if named == (None, None, None):
        return processes.joined()
    if None in named:
        raise UserError("--coordinator, --num_processes and --process_id go together")
    if not re.fullmatch(r".+:\d+", _COORDINATOR.value):
        raise UserError(f"--coordinator={_COORDINATOR.value} is not HOST:PORT")
    return processes.joined(*named)


if __name__ == "__main__":
    flags.mark_flags_as_required(["config", "workdir"])
    cli.run(main)
