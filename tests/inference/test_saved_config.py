"""What a saved config may be is told for every field that a run has."""

import pytest

from configs import common, compact, quick
from imgforensics.inference import saved_config
from imgforensics.training import rundir
from imgforensics.utils.errors import UserError


@pytest.mark.parametrize("module", [common, compact, quick])
def test_configs_come_back_as_they_were(module):
    config = module.get_config()
    again = saved_config.from_json(config.to_json(), "w.npz")
    assert rundir.flatten(again) == rundir.flatten(config)
    assert isinstance(again.data.split, tuple) and again.is_locked


@pytest.mark.parametrize("module", [common, compact])
def test_every_field_is_checked(module):
    """No field takes an object in place of what it is."""
    config = module.get_config()
    for name in rundir.flatten(config):
        changed = config.copy_and_resolve_references().unlock()
        with changed.ignore_type():
            changed.update_from_flattened_dict({name: None})
        with pytest.raises(UserError, match=f"w.npz .*config.{name}"):
            saved_config.from_json(changed.to_json(), "w.npz")
