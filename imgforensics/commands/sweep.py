r"""Trains all points of a sweep, each in a process of its own, and tabulates their accuracies.

    imgforensics sweep --config=ablate_loss --workdir=DIR [--jobs=N]

The config file has a `sweep(add)` beside its `get_config`; each add(**{"field": value}) is a point,
which is trained in DIR/points and judged on the validation and test splits of the config. The same
command goes on where it stopped, skips what has ended, and gathers DIR/table.md, table.csv,
plot.png, plot.svg and sweep.json, with means and standard deviations over seeds. A point that fails
stops no other; Ctrl-C lets the running ones save first.

For a cluster, --dry_run prints the command of each process that is still to be run, and --jobs=0
gathers what others ran. Small networks leave a device idle: with --together, points that differ
only in seed, learning rate or a loss's scalars are one process and one vmapped program.
"""

import shlex
import sys

from absl import flags
from ml_collections import config_flags

from imgforensics.commands import shared
from imgforensics.utils.errors import UserError

_RUN = shared.define_config("A config with a sweep", "Folder of the sweep.", sweeps=True)
_JOBS = flags.DEFINE_integer("jobs", 1, "Processes at a time; 0 only gathers.", lower_bound=0)
_DRY_RUN = flags.DEFINE_bool("dry_run", False, "Print the commands, and run none.")
_TOGETHER = flags.DEFINE_bool("together", False, "Train points that differ in scalars as one.")
_POINT = flags.DEFINE_multi_string("point", [], "Only this, in this process; several as one run.")


def main(argv: list[str]) -> None:
    del argv
    if _RUN.printed():
        return
    base, workdir = _RUN.config.value, _RUN.workdir.value
    print(f"sweep in {workdir}", file=sys.stderr if _DRY_RUN.value else None, flush=True)
    from imgforensics.reports import table_ablations
    from imgforensics.sweeps import conduct, points, single
    from imgforensics.training import configs, devices
    from imgforensics.utils import machine

    holder = flags.FLAGS["config"]
    given = config_flags.get_config_filename(holder)
    overridden = config_flags.get_override_values(holder)
    sweep, question = points.load(configs.resolve(given))
    every = points.expand(base, sweep, overridden)
    arguments = ["sweep", f"--config={given}", f"--workdir={workdir}"]
    arguments += [f"--config.{name}={value}" for name, value in overridden.items()]

    def command(group, program=("imgforensics",)):
        return [*program, *arguments, *(f"--point={point.name}" for point in group)]

    if _POINT.value:
        chosen = points.named(every, _POINT.value)
        sizes = (point.config.batch_size for point in chosen)
        devices.one_for_each_core(*sizes, begun=single.begun(workdir, chosen))
        single.run(workdir, chosen, base)
        return
    groups = conduct.groups(conduct.unfinished(workdir, every, base), _TOGETHER.value)
    if _DRY_RUN.value:
        for group in groups:
            print(shlex.join(command(group)))
        return
    if groups and _JOBS.value:
        # By this Python, which may have no program of that name beside it.
        program = (sys.executable, "-m", "imgforensics")
        conduct.run(workdir, groups, base, _JOBS.value, lambda group: command(group, program))
    made_by = shlex.join(["imgforensics", *arguments])
    record = conduct.gather(
        workdir, every, base, question=question, command=made_by, machine=machine.describe()
    )
    print(table_ablations.markdown(record), end="")
    print(f"written to {workdir}: sweep.json, table.md, table.csv, plot.png and plot.svg")
    if record["missing"]:
        raise UserError(
            f"{len(record['missing'])} of {len(every)} points have no result: "
            "the same command goes on with them"
        )
