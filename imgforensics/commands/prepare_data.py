"""Freezes a source of micrographs into a TFDS data set, or writes the cases of the real protocol.

    imgforensics prepare_data --source=folder --folder=DIR --out=FROZEN
    imgforensics prepare_data --source=tfds:NAME --out=FROZEN
    imgforensics prepare_data --source=real_cases --out=CASES

Train on what was frozen with --config.data.source=frozen --config.data.folder=FROZEN.
"""

import ml_collections
from absl import flags, logging

_SOURCE = flags.DEFINE_string(
    "source", "procedural", "procedural, folder, hms_forensics, tfds:NAME or real_cases."
)
_FOLDER = flags.DEFINE_string(
    "folder",
    "",
    "Images of folder or hms_forensics, which is downloaded if it is empty; or TFDS's data sets.",
)
_OUT = flags.DEFINE_string("out", None, "New or empty folder to write to.", required=True)
_SIZE = flags.DEFINE_integer("size", 5215, "Number of procedural images.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the procedural images or of the real cases.")


def main(argv: list[str]) -> None:
    del argv
    print(f"preparing {_SOURCE.value}", flush=True)
    logging.set_verbosity(logging.WARNING)  # TFDS tells more than a user wants to know
    from imgforensics.data import new_folder, summary

    # An output folder that is taken should be told before minutes of work.
    out = new_folder.new_folder(_OUT.value)
    if _SOURCE.value == "real_cases":
        from imgforensics.data import real_cases

        print(summary.describe(real_cases.write(out, _SEED.value)))
    else:
        from imgforensics.data import frozen, sources

        config = ml_collections.ConfigDict(
            {
                "source": _SOURCE.value,
                "seed": _SEED.value,
                "size": _SIZE.value,
                "folder": _FOLDER.value,
                "scratch": str(out),  # so that the set may be larger than the memory
            }
        )
        micrographs = sources.load(config)
        print(summary.describe(micrographs.summary), flush=True)
        frozen.freeze(micrographs, out)
    print(f"written to {out}")
