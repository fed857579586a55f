"""Fits the verified score of a model on validation pairs, and measures where f and it say "copy".

    imgforensics fit_verified --weights=W.npz

The result goes beside the weights, to W.verified.json; `imgforensics compare` needs it there. The
micrographs are the validation split of those that the run was trained on; --source and --folder
name others, which are split by the same rule. Copies are made by the manipulations of training, in
three ranges, of micrographs and of drawn blots, whose different pairs have one layout. Among the
different images are those that f proposes of a library: crops of the training split, of which those
that are nearest to each copy are taken.

How often the verified score takes different images for copies is measured on other pairs: all of
the validation images, a hundred thousand and more, of which those that are nearest by f, those of
one class, of one source and of one layout are told apart, and other copies with what is proposed of
the library. Evidence is gathered of --negatives of each kind, and stands for the others. Takes a
tenth of a second of one core for each of the pairs of different images, 5 kinds in each of three
ranges and 6 more to measure on, and some minutes to embed the library.
"""

from absl import flags

from imgforensics.commands import shared

_MODEL = shared.define_model(required=True, which=False)
_SOURCE = flags.DEFINE_string("source", None, "Source of other micrographs than the run's.")
_FOLDER = flags.DEFINE_string("folder", None, "Folder of other micrographs than the run's.")
_COPIES = flags.DEFINE_integer("copies", 200, "Made in each range.", lower_bound=2)
_NEGATIVES = flags.DEFINE_integer("negatives", 400, "Of each kind and range.", lower_bound=2)
_RATE = flags.DEFINE_float(
    "rate",
    1e-3,
    "Of false positives when screening; of hard pairs, at most ten times as many.",
    lower_bound=1e-9,
    upper_bound=1,
)


def main(argv: list[str]) -> None:
    del argv
    print(f"fitting the verified score of {_MODEL.weights.value}", flush=True)
    from imgforensics.data import sources, splits
    from imgforensics.evaluation import fitting
    from imgforensics.utils import compilation
    from imgforensics.verification import calibration

    compilation.use_cache()
    model = _MODEL.read()
    data = sources.replaced(model.config.data, _SOURCE.value, _FOLDER.value)
    micrographs = sources.load(data)
    split = splits.of(micrographs, data, trained=True)
    fitted = fitting.fit_verified(
        model,
        micrographs,
        split.validation,
        split.train,
        size=_COPIES.value,
        negatives=_NEGATIVES.value,
        rate=_RATE.value,
    )
    out = calibration.beside(_MODEL.weights.value)
    calibration.save(fitted, out)
    for score in ("f", "verified"):
        for name, point in getattr(fitted, score).items():
            rates = ", ".join(
                f"{kind} {r:.3%}{_between(point.interval.get(kind))}"
                for kind, r in point.false_positive_rate.items()
            )
            print(
                f"{score} <= {point.threshold:.3f} ({name}): {point.true_positive_rate:.1%} of "
                f"copies; of different images {rates}"
            )
    print(f"written to {out}")


def _between(interval) -> str:
    return "" if interval is None else f" [{interval[0]:.3%}, {interval[1]:.3%}]"
