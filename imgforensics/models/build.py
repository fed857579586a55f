"""From a config to a network."""

import jax.numpy as jnp
import ml_collections

from imgforensics.errors import UserError
from imgforensics.models import metric
from imgforensics.models.network import Network

_DTYPES = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}


def network(config: ml_collections.ConfigDict, axis_name: str | None = None) -> Network:
    """The network of `config.model`.

    Args:
        config: the fields of `Network`, with its dtype as a string.
        axis_name: the mapped axis over which batches are spread, if any.

    Raises:
        UserError: for a dtype or a metric that is not offered.
    """
    fields = dict(config)
    if fields["dtype"] not in _DTYPES:
        names = " or ".join(_DTYPES)
        raise UserError(f"config.model.dtype is {fields['dtype']!r}; it must be {names}")
    if fields["metric"] not in metric.KINDS:
        names = ", ".join(metric.KINDS)
        raise UserError(f"config.model.metric is {fields['metric']!r}; it must be one of {names}")
    fields["dtype"] = _DTYPES[fields["dtype"]]
    fields["channels"] = tuple(fields["channels"])
    return Network(axis_name=axis_name, **fields)
