"""A run's config of before a manipulation was added is that of the same run."""

import pytest
from ml_collections import ConfigDict

from configs import common
from imgforensics.training import rundir
from imgforensics.utils.errors import UserError


def with_another_manipulation(probability):
    config = common.get_config().unlock()
    config.manipulations.shade = ConfigDict({"probability": probability, "factor": (0.5, 1.0)})
    return rundir.flatten(config)


def test_a_manipulation_that_is_never_done_makes_no_other_run():
    before = rundir.flatten(common.get_config())
    rundir.check_same("folder", before, with_another_manipulation(0.0))
    rundir.check_same("folder", with_another_manipulation(0.0), before)


@pytest.mark.parametrize("field", ["data.added_blots", "loss.spread"])
def test_fields_that_add_nothing_make_no_other_run(field):
    now = rundir.flatten(common.get_config())
    before = {name: value for name, value in now.items() if name != field}
    rundir.check_same("folder", before, now)
    with pytest.raises(UserError, match=f"{field} is 'missing' there and 1 here"):
        rundir.check_same("folder", before, now | {field: 1})


def test_one_that_is_done_makes_another_run():
    before = rundir.flatten(common.get_config())
    with pytest.raises(UserError, match="shade.probability is 'missing' there and 0.1 here"):
        rundir.check_same("folder", before, with_another_manipulation(0.1))
    off = before | {"manipulations.gamma.probability": 0}
    with pytest.raises(UserError, match="gamma.probability is 0.5 there and 0 here"):
        rundir.check_same("folder", before, off)
