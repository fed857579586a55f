"""A library in PostgreSQL measured, by its command, at a size that takes seconds."""

import json

import cv2
import numpy as np
import pytest

from experiments.tables import table_shared
from imgforensics.utils import cli


@pytest.fixture
def folder(tmp_path):
    """Images with something in them."""
    (tmp_path / "images").mkdir()
    for number in range(6):
        noise = np.random.default_rng(number).normal(size=(96, 96))
        levels = cv2.GaussianBlur(noise, (0, 0), 2)
        pixels = np.uint8(np.clip(128 + 50 * levels / levels.std(), 0, 255))
        assert cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), pixels)
    return tmp_path / "images"


def test_a_library_is_measured(postgres, folder, tmp_path, capsys):
    out = tmp_path / "shared_library.json"
    module = cli.load("experiments.shared_library")
    arguments = [
        f"--library={postgres.address(postgres.empty_database())}", f"--folder={folder}",
        "--images=5", "--size=300", "--queries=20", f"--out={out}",
    ]  # fmt: skip
    cli.run(module.main, arguments, "experiments.shared_library")
    told = json.loads(out.read_text())["shared_library"]
    assert told["pictures"] == 300 and told["documents_added"]["pictures"] == 5
    assert told["search"]["recall"] >= 0.995 and told["search"]["queries"] == 20
    assert "of the 100 nearest by the exact search" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.run(module.main, arguments, "experiments.shared_library")
    assert "holds documents: name an empty database" in capsys.readouterr().err


def test_sizes_are_computed_from_what_was_measured():
    told = {
        "documents_added": {"pictures": 10, "squares": 50, "bytes": {"pictures": 10 * 2**20}},
        "index": {"bytes_per_square": 2**10}, "square_bytes": 2**11,
    }  # fmt: skip
    header, million, *_ = table_shared.rows(told)
    assert million == ("1,000,000", "976.6 GiB", "9.5 GiB", "1.0 GiB", "3.8 GiB", "990.9 GiB")
    assert len(header) == len(million)
