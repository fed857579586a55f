"""Draws where two images have what makes f of them small, and what makes it large.

    imgforensics explain A.png B.png --out=overlay.png

The picture shows both images and, over them, heat maps of what adds to f at the network's last
spatial features; how far such maps can be trusted is what `imgforensics erasure` measures. As in
evaluation, the first image is normalised with the running moments of the anchor's branch and the
second with those of its copy's, so that f of B and A, or of `imgforensics score_pairs`, may be a
little different. An image of another size than the network's input is cut to its largest central
square and resized.
"""

from absl import flags

from imgforensics.commands import shared
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("A.png", "B.png")
_MODEL = shared.define_model()
_OUT = flags.DEFINE_string("out", None, "PNG file to write; replaced if there.", required=True)


def main(argv: list[str]) -> None:
    print(f"explaining {printable(argv[1])} and {printable(argv[2])}", flush=True)
    from imgforensics.data import blank
    from imgforensics.explain import gradcam
    from imgforensics.images.fit import fit_square
    from imgforensics.images.read import read_gray
    from imgforensics.inference.embed import embed
    from imgforensics.models import metric
    from imgforensics.models.interface import ANCHOR, SAME
    from imgforensics.reports.figures.explanation import explanation
    from imgforensics.utils import compilation

    compilation.use_cache()
    images = [read_gray(path) for path in argv[1:]]
    for path, image in zip(argv[1:], images):
        if blank.is_blank(image):
            raise UserError(f"{path} is {blank.REASON}")
    model = _MODEL.read()
    images = [fit_square(image, model.config.manipulations.output_size) for image in images]
    pair = [embed(model, [image], branch) for image, branch in zip(images, (ANCHOR, SAME))]
    [f] = metric.distance(model.metric, *pair)
    alike, different = (
        gradcam.maps(model, images[0], images[1], of) for of in (gradcam.ALIKE, gradcam.DIFFERENT)
    )
    explanation(
        images,
        alike=alike,
        different=different,
        names=argv[1:],
        f=float(f),
        path=_OUT.value,
    )
    print(f"f {float(f):.4f}, {'at most 1: same' if f <= 1 else 'above 1: different'}")
    print(f"written to {printable(_OUT.value)}")
