"""Times the library beside what one would use instead, after checking that both do the same.

    python -m experiments.benchmark --out=results/benchmark.json

`make benchmark` installs the peers (PyTorch, kornia, FAISS) and runs this. With two CPU cores it
takes about a quarter of an hour, and needs a machine that does nothing else and up to 16 GiB of
memory. --only=search,embedding runs some of the parts manipulations, training, embedding, search,
start, memory and profile. The exit code is 1 if a peer computes something else than we do; missed
targets are shown.
"""

import pathlib

from absl import flags
from ml_collections import config_flags

from imgforensics.utils import cli

_CONFIG = config_flags.DEFINE_config_file(
    "config", "configs/paper.py", "The run whose step is timed."
)
_REPEATS = flags.DEFINE_integer("repeats", 5, "Timed calls of everything.", lower_bound=1)
_ONLY = flags.DEFINE_list("only", [], "Parts to run; all, if none is named.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"timing, to {_OUT.value}", flush=True)
    from experiments.benchmarks import peers

    peers.check()
    from experiments.benchmarks import run
    from experiments.tables import table_benchmark
    from imgforensics.evaluation import results

    root = pathlib.Path(__file__).parents[1]
    record = run.run(_CONFIG.value, _REPEATS.value, root, _ONLY.value)
    results.write(record, _OUT.value)
    print(table_benchmark.plain(record))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
