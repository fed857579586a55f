"""SSCD (Pizzi et al. 2022), a descriptor for copies of photographs, from the user's ONNX file."""

import os
import pathlib

import cv2
import numpy as np

from experiments.alternatives.systems import System, of_vectors
from experiments.alternatives.vectors import cosine, unit
from experiments.alternatives.views import dihedral
from imgforensics.utils import compilation
from imgforensics.utils.errors import UserError

_SIDE = 288  # pixels
_MEAN = np.float32([0.485, 0.456, 0.406])[:, None, None]  # of ImageNet's red, green and blue
_SCALE = np.float32([0.229, 0.224, 0.225])[:, None, None]


def sscd(path: str | os.PathLike) -> System:
    """The network of an ONNX file, with one input [batch, 3, 288, 288], on the CPU.

    All eight views of the second image are described, and the nearest counts.

    Args:
        path: of the file.

    Raises:
        UserError: there is no such file, or onnxruntime can't read it.
    """
    import onnxruntime

    if not pathlib.Path(path).is_file():
        raise UserError(f"there is no SSCD network at {path}: name an ONNX file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = compilation.cores()
    try:
        session = onnxruntime.InferenceSession(
            os.fspath(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its own types, which differ from version to version
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is not an ONNX network that can be run: {reason}") from error
    name = session.get_inputs()[0].name

    def describe(image):
        large = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
        views = dihedral(large)[:, None].astype(np.float32) / 255
        # One at a time: an exported network may have a batch of one.
        found = [session.run(None, {name: (view[None] - _MEAN) / _SCALE})[0] for view in views]
        return unit(np.concatenate(found).reshape(len(views), -1))

    return of_vectors("SSCD", describe, cosine, views=8)
