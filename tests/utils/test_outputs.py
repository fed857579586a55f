import pytest
from PIL import Image

from imgforensics.utils import outputs, pictures
from imgforensics.utils.errors import UserError


def test_of_a_check_nothing_is_left(tmp_path):
    (tmp_path / "old").mkdir()
    for folder in (tmp_path / "new" / "deep", tmp_path / "old"):
        assert outputs.check_folder(folder) == folder
    assert list(tmp_path.rglob("*")) == [tmp_path / "old"]
    assert outputs.check_file(tmp_path / "other" / "a.csv") == tmp_path / "other" / "a.csv"


def test_one_that_can_not_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write to .*file: it is no folder"):
        outputs.check_folder(tmp_path / "file")
    with pytest.raises(UserError, match="cannot write to .*file.deeper: "):
        outputs.check_folder(tmp_path / "file" / "deeper")
    with pytest.raises(UserError, match="it is a folder, name a file"):
        outputs.check_file(tmp_path)
    with pytest.raises(UserError, match="File name too long"):
        outputs.check_folder(tmp_path / ("x" * 300))


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_drawn_pictures_are_known_and_others_not(tmp_path, mode):
    picture = Image.new(mode, (300, 300), 1)
    pictures.save(picture, tmp_path / "drawn.png", compress_level=1)
    picture.save(tmp_path / "other.png")
    assert pictures.is_drawn(tmp_path / "drawn.png")
    for name in ("other.png", "missing.png", "."):
        assert not pictures.is_drawn(tmp_path / name)
