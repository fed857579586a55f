import pathlib

import pytest

from configs import common
from imgforensics.sweeps import points
from imgforensics.training import rundir
from imgforensics.utils.errors import UserError


def expand(*added, overridden=None):
    """The points of add(*labels, **fields) for each ([label,] fields)."""

    def sweep(add):
        for *label, fields in added:
            add(*label, **fields)

    return points.expand(common.get_config(), sweep, overridden)


def test_points_are_the_base_with_their_fields():
    base = common.get_config()
    before = rundir.flatten(base)

    def sweep(add):
        for seed in (0, 5):
            add(seed=seed)
            add(seed=seed, **{"model.channels": (8, 16), "loss.name": "facenet"})
            add("faster, at first", seed=seed, **{"optimizer.learning_rate": 1})

    found = points.expand(base, sweep)
    assert rundir.flatten(base) == before
    expected = [
        ("base-seed0", "base", {}),
        (
            "model.channels=_8,16_,loss.name=facenet-seed0",
            "model.channels=(8, 16), loss.name=facenet",
            {"model.channels": [8, 16], "loss.name": "facenet"},
        ),
        ("faster,at_first-seed0", "faster, at first", {"optimizer.learning_rate": 1.0}),
    ]
    assert len(found) == 6
    for seed, three in ((0, found[:3]), (5, found[3:])):
        for point, (name, label, changed) in zip(three, expected, strict=True):
            assert point.name == name.replace("seed0", f"seed{seed}")
            assert point.label == label
            assert rundir.flatten(point.config) == before | changed | {"seed": seed}
            assert point.config.is_locked
    assert found[4].fields == {"seed": 5, "model.channels": (8, 16), "loss.name": "facenet"}


def test_long_and_strange_labels_give_short_names_that_differ():
    long = ["x" * 300 + end for end in "ab"]
    found = expand(
        *((label, {"steps": number}) for number, label in enumerate(long, 1)),
        ("../α β/..", {"steps": 3}),
    )
    names = [point.name for point in found]
    assert len(set(names)) == 3 and all(len(name) < 130 for name in names)
    for name in names:
        assert pathlib.Path(name).name == name and name.isascii() and " " not in name


@pytest.mark.parametrize(
    "added,message",
    [
        ([{"model.nosuch": 1}], "the sweep cannot set model.nosuch: .*nosuch"),
        ([{"nosuch.field": 1}], "the sweep cannot set nosuch.field: .*nosuch"),
        ([{"steps": "many"}], "the sweep cannot set steps: .*many"),
        ([{"model": 3}], "the sweep cannot set model: "),
        ([{"seed": 1}, {"seed": 1}], "adds the point base-seed1 twice"),
        ([{"seed": 1}, {"seed": 2, "steps": 3}, {"steps": 3, "seed": 2}], "adds the point steps=3"),
        ([], "adds no point"),
    ],
)
def test_what_makes_no_sweep_is_refused(added, message):
    with pytest.raises(UserError, match=message):
        expand(*((fields,) for fields in added))


def test_one_label_for_two_things_is_refused():
    expand(("short", {"seed": 0, "steps": 3}), ("short", {"seed": 1, "steps": 3}))
    with pytest.raises(UserError, match="different points labelled 'short'"):
        expand(("short", {"seed": 0, "steps": 3}), ("short", {"seed": 1, "steps": 4}))


def test_a_swept_field_cannot_be_overridden():
    with pytest.raises(UserError, match="config.steps is swept: leave --config.steps away"):
        expand(({"steps": 3},), overridden={"steps": 5, "batch_size": 8})


def test_points_are_found_by_name():
    found = expand(({"steps": 3},), ({"steps": 4},))
    assert points.named(found, ["steps=4-seed0"]) == [found[1]]
    with pytest.raises(UserError, match="no point 'steps=5-seed0'; it has steps=3-seed0, steps=4"):
        points.named(found, ["steps=5-seed0"])


def test_sweep_is_loaded_from_the_file_of_a_config(tmp_path):
    path = tmp_path / "swept.py"
    path.write_text('"""How many?\n\nMore."""\n\ndef sweep(add):\n    add(steps=7)\n')
    for name in (path, f"{path}:with an argument"):
        sweep, question = points.load(name)
        (point,) = points.expand(common.get_config(), sweep)
        assert point.config.steps == 7 and question == "How many?"
    path.write_text("def get_config():\n    return None\n")
    with pytest.raises(UserError, match=r"swept.py has no sweep\(add\)"):
        points.load(path)
