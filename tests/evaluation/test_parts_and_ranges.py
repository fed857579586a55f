"""Models are judged on classes that they never saw, and with other manipulations than theirs."""

import numpy as np
import pytest

from imgforensics.evaluation import protocols
from imgforensics.manipulations import ranges
from imgforensics.reports import naming
from imgforensics.utils.errors import UserError


@pytest.fixture
def held_out(model, micrographs, monkeypatch):
    """The model, a class of whose micrographs is held out, and what it would be judged on."""
    monkeypatch.setattr(protocols.sources, "load", lambda data: micrographs)
    config = model.config.copy_and_resolve_references()
    config.data.held_out = (micrographs.classes[0],)
    return model._replace(config=config), config.data


def judge(model, data, **options):
    return protocols.measure(model, data, which=("test",), **options)


def test_held_out_classes_stand_for_the_test(held_out, micrographs):
    model, data = held_out
    count = int((micrographs.classes == micrographs.classes[0]).sum())
    apart = judge(model, data, part="held_out")
    assert apart["part"] == "held_out" and apart["test"]["split"] == count
    assert judge(model, data)["test"]["split"] <= len(micrographs) - count
    assert apart["test"]["negatives"]["of one class"] == apart["test"]["negatives"]["pairs"]


def test_without_such_classes_there_is_nothing_to_judge(model, held_out):
    with pytest.raises(UserError, match="'held_out' has no image"):
        judge(model, model.config.data, part="held_out")


def test_other_ranges_make_other_pairs_and_leave_the_model_as_it_was(held_out):
    model, data = held_out
    before = model.config.to_json()
    own, again, wide = (judge(model, data, named_ranges=name) for name in (None, "v01", "wide"))
    assert model.config.to_json() == before
    assert own["test"] == again["test"]
    assert not np.array_equal(own["test"]["likelihood"], wide["test"]["likelihood"])
    assert (own["ranges"], wide["ranges"]) == (None, "wide")


def test_names_of_ranges_are_those_of_their_functions():
    for name, make in ranges.NAMED.items():
        assert make is getattr(ranges, name)


def test_tables_name_what_is_not_as_in_the_paper():
    config = {"data": {"source": "folder"}, "model": {}}
    assert naming.name({"config": config}) == "folder"
    config["model"]["architecture"] = "paper"
    assert naming.name({"config": config, "ranges": None, "part": "test"}) == "folder"
    config["loss"] = {"name": "alpha_triplet"}
    assert naming.name({"config": config}) == "folder"
    config["loss"] = {"name": "alpha_softmax"}
    assert naming.name({"config": config, "ranges": "v01"}) == "folder, alpha_softmax, V01 ranges"
    config["model"]["architecture"], config["loss"]["name"] = "compact", "alpha_mutual"
    assert naming.name({"config": config, "ranges": "v02", "part": "held_out"}) == (
        "folder, compact network, alpha_mutual, V02 ranges, held-out classes"
    )
