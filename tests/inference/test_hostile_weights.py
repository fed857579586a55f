"""What is refused, in one line, quickly and without much memory; and what still is read."""

import resource
import sys
import time

import hostile
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import common
from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.utils.errors import UserError

MOST_SECONDS = 20  # for a file, on a busy machine
MOST_MEMORY = 2**29  # bytes, for all of them


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """The entries of a weights file."""
    config = common.get_config()
    config.model.update(channels=(4, 8), hidden_features=16, embedding_features=8)
    config.manipulations.output_size = 32
    network = build.network(config.model)
    shapes = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.zeros((3, 1, 32, 32))))
    tree = jax.tree.map(lambda leaf: np.ones(leaf.shape, leaf.dtype), shapes)
    path = tmp_path_factory.mktemp("right") / "weights.npz"
    weights.export(weights.Model(config, tree["params"], tree["moments"], 7), path)
    assert weights.load(path).step == 7
    return hostile.entries_of(path)


def peak():
    """Bytes that this process has had at most."""
    unit = 1 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def test_every_hostile_file_is_refused_in_one_line(right, tmp_path):
    before, count, wrong = peak(), 0, []
    for number, (name, write) in enumerate(hostile.cases(right)):
        path = tmp_path / f"w{number}.npz"
        write(path)
        start, count = time.monotonic(), count + 1
        try:
            weights.load(path)
            wrong.append(f"{name}: it is read")
        except UserError as error:
            if str(path) not in str(error) or "\n" in str(error) or len(str(error)) > 400:
                wrong.append(f"{name}: {str(error)[:500]}")
        except Exception as error:
            wrong.append(f"{name}: {error!r:.300}")
        if time.monotonic() - start > MOST_SECONDS:
            wrong.append(f"{name}: takes {time.monotonic() - start:.0f} s")
        path.unlink(missing_ok=True)
    assert not wrong, "\n".join(wrong)
    assert count >= 80
    assert peak() - before < MOST_MEMORY


def test_what_only_looks_odd_is_read(right, tmp_path):
    """Compressed, in the other order in memory, and of a time with fewer manipulations."""
    path = tmp_path / "w.npz"
    kernel = right["params/hidden/kernel"]
    entries = right | {"params/hidden/kernel": np.asfortranarray(kernel)}
    config = hostile._with(str(right["config"]), "manipulations.noise", KeyError)
    for changed in (right, entries, right | {"config": config}):
        np.savez_compressed(path, **changed, sha256=np.array(weights._digest(changed)))
        model = weights.load(path)
        np.testing.assert_array_equal(model.params["hidden"]["kernel"], kernel)
        assert model.config.manipulations.noise.probability == 0
