"""Draws where two images have what makes f of them small, and what makes it large.

    python -m experiments.explain --weights=W --out=overlay.png A.png B.png

W is a training run's folder or an exported weights file. The picture shows both images and, over
them, heat maps of what adds to f at the network's last spatial features (imgforensics/explain);
how far such maps can be trusted is what experiments.erasure measures. As in evaluation, the first
image is normalised with the running moments of the anchor's branch and the second with those of its
copy's, so that f of B and A, or of experiments.score_pairs, may be a little different. An image of
another size than the network's input is cut to its largest central square and resized.
"""

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

_WEIGHTS = flags.DEFINE_string("weights", None, "Workdir or weights file.", required=True)
_WHICH = flags.DEFINE_enum("which", "best", ["best", "latest", "average"], "Weights of a workdir.")
_OUT = flags.DEFINE_string("out", None, "PNG file to write; replaced if there.", required=True)


def main(argv) -> None:
    if len(argv) != 3:
        raise UserError(f"name two image files, not {len(argv) - 1}: A.png B.png")
    print(f"explaining {argv[1]} and {argv[2]}", flush=True)
    from imgforensics.explain import gradcam
    from imgforensics.images.fit import fit_square
    from imgforensics.images.gray import read_gray
    from imgforensics.inference import weights
    from imgforensics.inference.embed import embed
    from imgforensics.models import metric
    from imgforensics.models.paper import ANCHOR, SAME
    from imgforensics.reports.figures.explanation import explanation
    from imgforensics.utils import compilation

    compilation.use_cache()
    images = [read_gray(path) for path in argv[1:]]
    model = weights.read(_WEIGHTS.value, _WHICH.value)
    images = [fit_square(image, model.config.manipulations.output_size) for image in images]
    pair = [embed(model, [image], branch) for image, branch in zip(images, (ANCHOR, SAME))]
    [f] = metric.distance(model.metric, *pair)
    likelihood = float(metric.likelihood(f))
    alike, different = (
        gradcam.maps(model, *images, of) for of in (gradcam.ALIKE, gradcam.DIFFERENT)
    )
    explanation(images, alike, different, argv[1:], float(f), likelihood, _OUT.value)
    print(f"f {float(f):.4f}, likelihood {likelihood:.4f}")
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main, positional=True)
