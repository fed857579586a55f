"""Drawn blots in place of real ones, from a folder to the model card's table."""

import json

import numpy as np
import pytest
from PIL import Image

from experiments.tables import table_blots
from imgforensics.data import blots
from imgforensics.testsets import build
from imgforensics.utils import cli
from imgforensics.verification import verdict


@pytest.fixture
def folder(tmp_path):
    drawn = blots.of_layouts(layouts=2, each=2, seed=7)
    for number, image in enumerate(drawn.images):
        membrane = tmp_path / "blots" / drawn.names[number]
        membrane.mkdir(parents=True)
        for name, crop in (("a", image[:200, :200]), ("b", image[56:, 56:])):
            Image.fromarray(crop).save(membrane / f"{name}.png")
    return membrane.parent


def test_unlike_blots_are_never_the_same_and_saved_ones_are(folder, tmp_path, capsys, monkeypatch):
    def flipped(images, config, seed):  # in place of manipulations, which take long to compile
        crops = np.asarray(images)[:, 64:192, 64:192]
        return crops, crops[:, :, ::-1]

    monkeypatch.setattr(build, "manipulated_copies", flipped)
    out = tmp_path / "blots.json"
    module = cli.load("experiments.blots")
    cli.parse(module, ["blots", f"--folder={folder}", "--most=4", f"--out={out}"])
    module.main([])
    record = json.loads(out.read_text())
    counted = record["blots"]
    assert record["images"] == 8 and record["membranes"] == 4
    for kind in ("random", "nearest"):
        assert sum(counted[kind].values()) == 4
        assert counted[kind][verdict.SAME] == counted[kind][verdict.PROBABLY_SAME] == 0
    for kind in ("saved", "v01", "v02"):
        assert counted[kind][verdict.DIFFERENT] == 0
        assert counted[kind][verdict.SAME] + counted[kind][verdict.PROBABLY_SAME] >= 3
    told = capsys.readouterr().out
    assert table_blots.markdown([record]) in told and f"written to {out}" in told
    assert "8 crops of 4 membranes." in told
