"""Documents to screen, some of whose pictures are shown twice."""

import pytest
from PIL import Image
from tissues import copy_of, save, tissue


@pytest.fixture(scope="session")
def documents(tmp_path_factory):
    """Four pictures and a copy of one, one with a part in two places, a PDF, and a bad file."""
    folder = tmp_path_factory.mktemp("documents")
    for number in range(4):
        save(folder / f"{number}.png", tissue(number))
    save(folder / "copy.png", copy_of(tissue(1)))
    page = Image.new("L", (500, 700), 255)
    page.paste(Image.fromarray(tissue(2, 240, 300)), (100, 80))
    page.paste(Image.fromarray(tissue(9, 240, 300)), (100, 400))
    page.save(folder / "paper.pdf")
    moved = tissue(5, 300, 300)
    moved[190:280, 20:110] = moved[30:120, 180:270]
    save(folder / "moved.png", moved)
    (folder / "bad.png").write_bytes((folder / "0.png").read_bytes()[:900])
    return folder
