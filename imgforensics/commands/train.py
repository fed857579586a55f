"""Trains a network.

    imgforensics train --config=paper --workdir=DIR [--config.FIELD=VALUE ...]
    imgforensics train --config=paper --print_config

The same command goes on where an interrupted run stopped. Ctrl-C and SIGTERM save the run first;
the exit code is then 130 or 143. A run whose learning rate is constant may be extended by the same
command with a larger --config.steps.

A config file of one's own starts from one of those that come with the project:

    from imgforensics.training import configs

    def get_config():
        config = configs.load("quick")
        config.data.source = "folder"
        return config

Several processes, mostly one on each host, share the batches of one run. Each is started by the
same command with its own number, and the first one writes:

    --coordinator=HOST0:1234 --num_processes=2 --process_id=0    (and 1 on the other host)

On a TPU slice and under SLURM or Open MPI --distributed alone finds the others.
"""

import contextlib
import re

from absl import flags

from imgforensics.commands import shared
from imgforensics.training import processes
from imgforensics.utils.errors import UserError

_RUN = shared.define_config("What to train", "Folder of the run: checkpoints and metrics.")
_COORDINATOR = flags.DEFINE_string("coordinator", None, "HOST:PORT of the first process.")
_NUM_PROCESSES = flags.DEFINE_integer("num_processes", None, "How many there are.", lower_bound=1)
_PROCESS_ID = flags.DEFINE_integer("process_id", None, "Which this one is, from 0.", lower_bound=0)
_DISTRIBUTED = flags.DEFINE_boolean(
    "distributed", False, "Several processes, which the environment makes known to each other."
)


def main(argv: list[str]) -> None:
    del argv
    if _RUN.printed():
        return
    print(f"training in {_RUN.workdir.value}", flush=True)
    with _together():
        from imgforensics.training import devices, loop, rundir

        config, workdir = _RUN.config.value, _RUN.workdir.value
        if not _several():
            devices.one_for_each_core(config.batch_size, begun=rundir.devices_of(workdir))
        loop.train(config, workdir)


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
