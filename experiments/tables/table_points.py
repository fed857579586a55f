"""How often the shipped verified score takes different images for copies, for the model card."""

import json

from imgforensics import pretrained
from imgforensics.reports import tables
from imgforensics.verification import calibration
from imgforensics.verification.calibration import SAME, SCREENING

_KINDS = {
    "random": "different images, at random",
    "nearest": "of these the ten nearest of each, by f",
    "proposed": "a copy and the ten nearest, by f, of all crops of the training split",
    "same_class": "different images of one class",
    "same_source": "fields of one source image",
    "same_layout": "drawn blots of one layout",
}


def markdown() -> str:
    """The false positives at both operating points, by kind of pairs, with intervals."""
    record = json.loads(calibration.beside(pretrained.path()).read_text(encoding="utf-8"))
    points = [record["verified"][name] for name in (SAME, SCREENING)]
    rows = [("pairs", "number", *(f"verified ≤ {point['threshold']:.2f}" for point in points))]
    for kind, title in _KINDS.items():
        if kind in record["pairs"]:
            rows.append((title, str(record["pairs"][kind]), *(_cell(p, kind) for p in points)))
    shares = (f"{point['true_positive_rate']:.1%}" for point in points)
    rows.append(("copies that are found", str(record["pairs"]["copy"]), *shares))
    return tables.markdown(rows)


def _cell(point, kind) -> str:
    rate, ends = point["false_positive_rate"][kind], point["interval"].get(kind)
    return f"{rate:.3%}" + (f" [{ends[0]:.3%}, {ends[1]:.3%}]" if ends else "")
