r"""One command for an accelerator that is at hand for minutes: measures it, trains, leaves files.

    python -m experiments.accelerator --config=compact_v2 --config.data.source=packed \
        --config.data.folder=FILE --seconds=540 --out=OUT

Everything fits into --seconds from the start. docs/accelerator.md has the whole course of it.
"""

import json
import pathlib
import time

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils import atomic, cli
from imgforensics.utils.errors import UserError

_CONFIG = shared.define_named_config("What to train")
_OUT = flags.DEFINE_string("out", None, "Folder for what is to be kept: few, small files.")
_WORKDIR = flags.DEFINE_string("workdir", "runs/accelerator", "Folder of the run.")
_SECONDS = flags.DEFINE_float("seconds", 540.0, "Of everything.", lower_bound=1)
_MEASURE = flags.DEFINE_float("measure_seconds", 120.0, "Of measuring; 0 for none.", lower_bound=0)
_BATCHES = flags.DEFINE_list("batches", ["1024", "256", "2048", "512"], "Sizes to measure.")
_PRECISIONS = flags.DEFINE_list("precisions", ["bfloat16", "TF32", "float32"], "To measure.")
_PLATFORM = flags.DEFINE_string("platform", "gpu", "Which must be there: gpu, tpu or cpu.")
_COMPILED = flags.DEFINE_string("compiled", None, "compiled.tar of an earlier run on such a card.")


def main(_):
    end = time.monotonic() + _SECONDS.value
    print(f"looking for a {_PLATFORM.value}", flush=True)
    import jax

    from imgforensics.training import loop, parcel

    config, workdir = _CONFIG.value, pathlib.Path(_WORKDIR.value)
    compiled = workdir.with_name(workdir.name + "-compiled")
    jax.config.update("jax_compilation_cache_dir", str(compiled))
    if _COMPILED.value:
        parcel.unpack(_COMPILED.value, compiled)
    if jax.default_backend() != _PLATFORM.value:
        raise UserError(f"there is no {_PLATFORM.value} but a {jax.default_backend()}: name that")
    loop.check(config, jax.local_device_count())
    measured = workdir.with_name(workdir.name + "-measured.json")
    if _MEASURE.value:
        _measure(config, measured)
    records = [measured, workdir / "config.json", workdir / "metrics.jsonl"]

    def leave(config, state):
        left = parcel.leave(config, state, records, compiled=compiled, out=_OUT.value)
        if left:
            print(f"no room in {_OUT.value} for {', '.join(left)}", flush=True)

    config.budget_seconds = end - time.monotonic()
    leave(config, loop.train(config, workdir, on_saved=leave))


def _measure(config, path):
    from experiments.benchmarks import accelerator

    print(json.dumps(accelerator.describe()), flush=True)
    batches = [int(size) for size in _BATCHES.value]
    record = accelerator.measure(config, batches, _PRECISIONS.value, _MEASURE.value)
    with atomic.writing(path) as file:
        json.dump(record, file, indent=1)


if __name__ == "__main__":
    flags.mark_flags_as_required(["out"])
    cli.run(main)
