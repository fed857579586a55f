import pytest

from imgforensics.manipulations import ranges
from imgforensics.utils.errors import UserError


@pytest.mark.parametrize("version", ranges.NAMED.values(), ids=ranges.NAMED)
def test_all_named_ranges_pass(version):
    ranges.check(version())


@pytest.mark.parametrize(
    "field, value",
    [
        ("identity_probability", 1.1),
        ("gamma.probability", -0.1),
        ("reflection.up_down", 2.0),
        ("similarity.angle", (45, -45)),
        ("text.letters", (5, 5)),
        ("clutter.text", 0.9),
        ("local_edit.erase", -1.0),
        ("overlap.turned", 1.5),
        ("retouch.cloned", -0.5),
        ("print_scan.halftone", 2.0),
        ("lines.gray", (2.0, -1.0)),
    ],
)
def test_impossible_values_are_named(field, value):
    config = ranges.v01()
    config.update_from_flattened_dict({field: value})
    with pytest.raises(UserError, match=field):
        ranges.check(config)


def test_local_edits_need_a_kind():
    config = ranges.v01()
    config.local_edit.update(erase=0.0, local_contrast=0.0)
    with pytest.raises(UserError, match="local_edit has no kind"):
        ranges.check(config)
    config.local_edit.probability = 0.0
    ranges.check(config)
