"""A step that computes with bfloat16 keeps what it goes on with in float32."""

import jax
import jax.numpy as jnp
import pytest

from configs import compact, paper
from imgforensics.models import build
from imgforensics.models.cpu import lowering
from imgforensics.training import state as states
from imgforensics.training import step as steps


def dtypes(tree):
    return {leaf.dtype.name for leaf in jax.tree.leaves(tree)}


@pytest.mark.parametrize("on_cpu", [True, False])
@pytest.mark.parametrize("module", [paper, compact], ids=["paper", "compact"])
def test_only_the_computation_is_in_bfloat16(module, on_cpu, monkeypatch):
    monkeypatch.setattr(lowering, "cpu_lowering", lambda: on_cpu)
    config = module.get_config()
    config.model.dtype, config.batch_size = "bfloat16", 16
    network = build.network(config.model, axis_name=steps.AXIS)
    optimizer = states.make_optimizer(config.optimizer)
    step = jax.vmap(
        steps.make_step(config, network, optimizer, num_devices=1),
        in_axes=(None, None, 0),
        out_axes=None,
        axis_name=steps.AXIS,
        axis_size=1,
    )
    begin = jax.eval_shape(lambda: states.create(config, network, optimizer))
    images = jax.ShapeDtypeStruct((40, 256, 256), jnp.uint8)
    number = jax.ShapeDtypeStruct((1,), jnp.int32)
    program, (end, scalars) = jax.make_jaxpr(step, return_shape=True)(begin, images, number)
    assert "bf16[" in str(program)
    assert dtypes((begin.latest.params, end.latest.params)) == {"float32"}
    assert dtypes(scalars) == {"float32"}
    assert dtypes(end) == {"float32", "int32"}  # which counts
    for before, after in zip(jax.tree.leaves(begin), jax.tree.leaves(end), strict=True):
        assert before.dtype == after.dtype
