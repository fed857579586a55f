r"""Packs a training set into one file that travels: what a run trains and validates on.

    imgforensics pack --config=compact_v2 --config.data.source=folder \
        --config.data.folder=FOLDER --out=FILE

Train on it with --config.data.source=packed --config.data.folder=FILE and the same
--config.data.held_out, split and split_seed. Judge on the originals:
`imgforensics evaluate --source=folder --folder=FOLDER --out=RECORD`.
"""

from absl import flags

from imgforensics.commands import shared

_CONFIG = shared.define_named_config("Of the run that is to train on it")
_OUT = flags.DEFINE_string("out", None, "New file to write.", required=True)
_MEGABYTES = flags.DEFINE_float("megabytes", 43.0, "Of the file, at most.", lower_bound=0.5)
_QUALITY = flags.DEFINE_integer("quality", 90, "Of WebP, 90 to 100.")


def main(argv: list[str]) -> None:
    del argv
    print(f"packing into {_OUT.value}", flush=True)
    from imgforensics.data import added, packed, sources, summary

    data = _CONFIG.value.data
    micrographs = sources.load(data)
    print(summary.describe(micrographs.summary), flush=True)
    most = int(_MEGABYTES.value * 1e6)
    written = packed.write(_OUT.value, micrographs, data, most=most, quality=_QUALITY.value)
    drawn = [f"{count} {added.FIELDS[field]}" for field, count in written.added.items()]
    print(
        f"written to {_OUT.value}, {written.size / 1e6:.1f} MB: "
        + ", ".join(
            [f"{written.train} training images", f"{written.validation} to validate", *drawn]
        )
    )
    for field, count in written.added.items():
        if count < data[field]:
            print(f"train with --config.data.{field}={count} or less")
