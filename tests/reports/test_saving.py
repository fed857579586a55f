import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from imgforensics.reports.figures import saving
from imgforensics.utils.errors import UserError


def line(height):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, height])
    return figure


def test_both_files_are_the_same_every_time(tmp_path):
    for name, height in (("a", 1), ("b", 1), ("c.d", 2)):
        saving.save(line(height), tmp_path / "deep" / name)
    names = sorted(path.name for path in (tmp_path / "deep").iterdir())
    assert names == ["a.png", "a.svg", "b.png", "b.svg", "c.d.png", "c.d.svg"]
    for kind in ("png", "svg"):
        first, again, other = (
            (tmp_path / "deep" / f"{name}.{kind}").read_bytes() for name in ("a", "b", "c.d")
        )
        assert first == again and first != other
    assert np.asarray(Image.open(tmp_path / "deep" / "a.png")).shape == (150, 300, 4)


def test_what_can_not_be_written_is_named(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UserError, match="a.png: it is a folder"):
        saving.save(line(1), tmp_path / "a")
