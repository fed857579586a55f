import re

import numpy as np
from PIL import Image

from imgforensics.explore import projector


def test_the_files_are_those_that_tensorboard_reads(make, tmp_path):
    gallery = make(7)
    projector.write(gallery, tmp_path / "new" / "projector")
    root = tmp_path / "new" / "projector"
    assert sorted(path.name for path in root.iterdir()) == [
        "metadata.tsv", "projector_config.pbtxt", "sprite.png", "tensors.tsv",
    ]  # fmt: skip
    tensors = np.loadtxt(root / "tensors.tsv", delimiter="\t", dtype=np.float32)
    np.testing.assert_array_equal(tensors, gallery.embeddings)
    lines = (root / "metadata.tsv").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "name\tclass\tsource" and lines[-1] == "" and len(lines) == 9
    assert lines[1] == "a/</script><b>&.png\tclass 0\tsource 0"
    assert lines[2] == 'tab here "quoted".png\tclass 1\tsource 0'  # three cells in spite of a tab
    config = (root / "projector_config.pbtxt").read_text()
    paths = dict(re.findall(r'(\w+_path): "(.*)"', config))
    assert all((root / path).is_file() for path in paths.values()) and len(paths) == 3
    assert re.findall(r"single_image_dim: (\d+)", config) == ["32", "32"]
    with Image.open(root / "sprite.png") as sheet:
        assert sheet.size == (96, 96)
