"""The packages that we are compared with."""

import importlib.util

from imgforensics.utils import compilation
from imgforensics.utils.errors import UserError

PACKAGES = {"torch": "torch", "kornia": "kornia", "faiss": "faiss-cpu"}  # by module


def check() -> None:
    """Refuses to go on without the peers.

    Raises:
        UserError: says how to install them.
    """
    missing = [name for module, name in PACKAGES.items() if not importlib.util.find_spec(module)]
    if missing:
        raise UserError(
            f"the benchmark needs {', '.join(missing)}: run `make benchmark`, or "
            "python -m pip install -r requirements-benchmark.txt"
        )


def set_threads() -> None:
    """Gives the peers as many threads as JAX has."""
    import faiss
    import torch

    torch.set_num_threads(compilation.cores())
    faiss.omp_set_num_threads(compilation.cores())
