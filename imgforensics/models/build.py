"""From a config to a network."""

import jax.numpy as jnp
import ml_collections

from imgforensics.models import metric
from imgforensics.models.compact import Compact
from imgforensics.models.interface import EmbeddingNetwork
from imgforensics.models.paper import Network
from imgforensics.utils.errors import UserError

ARCHITECTURES = {"paper": Network, "compact": Compact}
_DTYPES = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}


def architecture(config: ml_collections.ConfigDict) -> type[Network] | type[Compact]:
    """The class of `config.model.architecture`; runs of before there were two have the paper's.

    Raises:
        UserError: it is not offered.
    """
    name = config.get("architecture", "paper")
    if name not in ARCHITECTURES:
        names = " or ".join(ARCHITECTURES)
        raise UserError(f"config.model.architecture is {name!r}; it must be {names}")
    return ARCHITECTURES[name]


def fields(config: ml_collections.ConfigDict) -> set[str]:
    """The fields of `config.model` that its architecture has."""
    return set(architecture(config).__dataclass_fields__) - {"parent", "name", "axis_name", "sums"}


def network(config: ml_collections.ConfigDict, axis_name: str | None = None) -> EmbeddingNetwork:
    """The network of `config.model`.

    Args:
        config: the architecture and its fields, with the dtype as a string.
        axis_name: the mapped axis over which batches are spread, if any.

    Raises:
        UserError: for an architecture, a dtype or a metric that is not offered, or fields of
            another architecture.
    """
    values = {name: value for name, value in config.items() if name != "architecture"}
    known = fields(config) - {"num_branches"}
    if missing := sorted(known - values.keys()):
        raise UserError(f"config.model has no {missing[0]}: it is of another version")
    if strange := sorted(values.keys() - known):
        raise UserError(
            f"config.model.{strange[0]} is not of the architecture "
            f"{config.get('architecture', 'paper')!r}: start from the config of another one"
        )
    if values["dtype"] not in _DTYPES:
        names = " or ".join(_DTYPES)
        raise UserError(f"config.model.dtype is {values['dtype']!r}; it must be {names}")
    if values["metric"] not in metric.KINDS:
        names = ", ".join(metric.KINDS)
        raise UserError(f"config.model.metric is {values['metric']!r}; it must be one of {names}")
    values["dtype"] = _DTYPES[values["dtype"]]
    # Modules are hashed, and lists can't be.
    values = {
        name: tuple(value) if isinstance(value, (list, tuple)) else value
        for name, value in values.items()
    }
    return architecture(config)(axis_name=axis_name, **values)
