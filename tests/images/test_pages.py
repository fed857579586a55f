"""Pages, channels, thumbnails: which pictures a file holds, and which is taken for the file's."""

import numpy as np
import pictures
import pytest
import tifffile
from PIL import Image

from imgforensics.images.read import read_gray, read_image, read_images
from imgforensics.utils.errors import UserError

PICTURE = pictures.picture()
OTHER = np.ascontiguousarray(PICTURE[::-1])
BLANK = np.zeros_like(PICTURE)


def save(path, values, **options):
    tifffile.imwrite(path, values, **{"photometric": "minisblack"} | options)
    return path


def equal(found, expected):
    np.testing.assert_array_equal(found.pixels, expected)


def test_all_pages_are_pictures(tmp_path):
    stack = np.stack([PICTURE, BLANK, OTHER])
    for name, options in {
        "plain.tif": {"metadata": None},
        "shaped.tif": {},
        "imagej.tif": {"imagej": True, "metadata": {"axes": "ZYX"}},
        "deflate.tif": {"metadata": None, "compression": "zlib"},
        "ome.ome.tif": {"metadata": {"axes": "ZYX"}},
    }.items():
        path = save(tmp_path / name, stack, **options)
        found = list(read_images(path))
        assert [each.name for each in found] == ["page 1", "page 2", "page 3"], name
        for each, expected in zip(found, stack):
            equal(each, expected)
        assert found[2].description == "page 3 of 3"


def test_frames_are_pages(tmp_path):
    frames = [Image.fromarray(each) for each in (PICTURE, OTHER)]
    for name, options in {"a.gif": {}, "a.webp": {"lossless": True}}.items():
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        first, second = read_images(tmp_path / name)
        equal(first, PICTURE)
        assert np.abs(second.pixels.astype(int) - OTHER).max() <= 1
        assert second.name == "page 2"


@pytest.mark.parametrize("kind", ["imagej", "ome", "planar", "interleaved"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_channels_are_pictures_and_empty_ones_no_part_of_the_whole(tmp_path, kind, depth):
    unit = 257 if depth == np.uint16 else 1
    channels = np.stack([BLANK, PICTURE]).astype(depth) * depth(unit)
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    if kind == "imagej":
        save(path, channels, imagej=True, metadata={"axes": "CYX"})
    elif kind == "ome":
        save(path, channels, metadata={"axes": "CYX"})
    elif kind == "planar":
        save(path, channels, planarconfig="separate")
    else:
        save(path, np.moveaxis(channels, 0, -1), planarconfig="contig")
    found = list(read_images(path))
    assert [each.name for each in found] == ["channel 1", "channel 2"]
    equal(found[0], BLANK)
    equal(found[1], PICTURE)
    whole = read_image(path)
    equal(whole, PICTURE)
    assert whole.description == "2 channels together; channel 1 empty"


def test_channels_together_are_their_mean_each_with_levels_of_its_own(tmp_path):
    dim, bright = PICTURE.astype(np.uint16) * 16, OTHER.astype(np.uint16) * 200 + 77
    path = save(tmp_path / "a.tif", np.stack([dim, bright]), imagej=True, metadata={"axes": "CYX"})
    found = read_image(path)
    mean = (PICTURE.astype(float) + OTHER) / 2
    assert np.abs(found.pixels - mean).max() <= 1
    assert found.description == "2 channels together"
    order = save(tmp_path / "b.tif", np.stack([bright, dim]), imagej=True, metadata={"axes": "CYX"})
    equal(read_image(order), found.pixels)


def test_a_channel_of_noise_is_empty(tmp_path):
    noise = np.random.default_rng(0).integers(100, 104, PICTURE.shape).astype(np.uint16)
    values = PICTURE.astype(np.uint16) * 16
    path = save(tmp_path / "a.tif", np.stack([noise, values]), imagej=True,
                metadata={"axes": "CYX"})  # fmt: skip
    found = read_image(path)
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= 1
    assert found.description.endswith("channel 1 empty")


def test_pages_of_channels(tmp_path):
    stack = np.stack([[PICTURE, OTHER], [OTHER, BLANK], [BLANK, PICTURE]])
    path = save(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    found = list(read_images(path))
    assert [(each.page, each.channel) for each in found] == [
        (page, channel) for page in (1, 2, 3) for channel in (1, 2)
    ]
    for each in found:
        equal(each, stack[each.page - 1, each.channel - 1])
    assert found[3].name == "page 2, channel 2"
    chosen = read_image(path, page=3, channel=2)
    equal(chosen, PICTURE)
    assert chosen.description == "page 3 of 3; channel 2 of 2"


def test_colours_are_no_channels(tmp_path):
    for options in ({"planarconfig": "contig"}, {"planarconfig": "separate"}):
        values = np.stack(3 * [PICTURE], 0 if options["planarconfig"] == "separate" else -1)
        (found,) = read_images(save(tmp_path / "a.tif", values, photometric="rgb", **options))
        equal(found, PICTURE)


def test_the_first_page_that_shows_something(tmp_path):
    path = save(tmp_path / "a.tif", np.stack([BLANK, PICTURE, OTHER]), metadata=None)
    equal(read_image(path), PICTURE)
    assert read_image(path).description == "page 2 of 3"
    equal(read_image(path, page=1), BLANK)
    nothing = save(tmp_path / "b.tif", np.stack([BLANK, BLANK + 1]), metadata=None)
    equal(read_image(nothing), BLANK)


@pytest.mark.parametrize("marked", [True, False])
def test_a_thumbnail_is_not_the_image(tmp_path, marked):
    small = PICTURE[::4, ::4]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(small, photometric="minisblack", subfiletype=int(marked), metadata=None)
        file.write(PICTURE, photometric="minisblack", metadata=None)
    found = read_image(tmp_path / "a.tif")
    equal(found, PICTURE)
    all_of_them = list(read_images(tmp_path / "a.tif"))
    if marked:
        assert found.description == "1 reduced or mask page(s) passed over"
        assert len(all_of_them) == 1
    else:
        assert found.description == "page 2 of 2"
        assert len(all_of_them) == 2


def test_pyramids_are_one_picture(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(PICTURE, subifds=1, metadata=None, photometric="minisblack")
        file.write(PICTURE[::2, ::2], subfiletype=1, metadata=None, photometric="minisblack")
    (found,) = read_images(tmp_path / "a.tif")
    equal(found, PICTURE)


def test_pages_and_channels_that_are_not_there(tmp_path):
    path = save(tmp_path / "a.tif", np.stack([PICTURE, OTHER]), metadata=None)
    for choice, words in (
        ({"page": 3}, "it has no page 3, but 2: give 1 to 2"),
        ({"page": 0}, "it has no page 0, but 2: give 1 to 2"),
        ({"page": 1, "channel": 2}, "it has no channel 2, but 1: give 1 to 1"),
    ):
        with pytest.raises(UserError, match=f"a.tif: {words}"):
            read_image(path, **choice)
    assert read_image(path, page=2, channel=1).description == "page 2 of 2"


def test_a_file_of_too_many_pixels_gives_the_first_of_them(tmp_path, monkeypatch):
    from imgforensics.images import read

    path = save(tmp_path / "a.tif", np.stack(5 * [PICTURE]), metadata=None, compression="zlib")
    monkeypatch.setattr(read, "_MAX_TOTAL", 2 * PICTURE.size)
    monkeypatch.setattr(read, "_PIXELS_OF_A_BYTE", 0)
    pictures_found = read_images(path)
    for _ in range(3):
        equal(next(pictures_found), PICTURE)
    with pytest.raises(UserError, match="pages before page 4 have 7920 pixels, too many; split it"):
        next(pictures_found)


def test_marks_of_no_data_leave_the_others_alone(tmp_path):
    unit = (PICTURE / 255).astype(np.float32)
    hole = (PICTURE > 100) & (PICTURE < 140)
    expected = np.where(hole, 0, read_gray(save(tmp_path / "whole.tif", unit)))
    for name, mark in (("nan", np.nan), ("low", -3.4e38), ("high", 3.4e38), ("far", -9999)):
        for white in ("minisblack", "miniswhite"):
            values = unit if white == "minisblack" else 1 - unit
            path = save(tmp_path / f"{name}_{white}.tif",
                        np.where(hole, np.float32(mark), values), photometric=white)  # fmt: skip
            found = read_gray(path)
            difference = np.abs(found.astype(int) - expected)
            assert difference[~hole].max() <= 1, (name, white)
            assert len(np.unique(found[hole])) == 1
            if name != "far" and name != "high":
                assert not found[hole].any()
    tag = [(42113, "s", 0, "0.5", True)]
    values = np.where(hole, np.float32(0.5), unit)
    found = read_gray(save(tmp_path / "tag.tif", values, extratags=tag))
    assert not found[hole].any()
    assert np.abs(found.astype(int) - expected)[~hole & (unit != 0.5)].max() <= 1


def test_deep_alpha_shows_white_paper(tmp_path):
    import imagecodecs

    clear, veiled = (PICTURE > 100) & (PICTURE < 140), (PICTURE >= 140) & (PICTURE < 180)
    alpha = np.where(clear, 0, np.where(veiled, 13107, 65535)).astype(np.uint16)  # 0, 1/5, 1
    values = np.dstack(3 * [PICTURE.astype(np.uint16) * 257] + [alpha])
    expected = 255 - (255 - PICTURE.astype(float)) * (alpha / 65535)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(values))
    save(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    times = values.copy()
    times[..., :3] = np.rint(values[..., :3] * (alpha[..., None] / 65535))
    save(tmp_path / "b.tif", times, photometric="rgb", extrasamples=["assocalpha"])
    for name in ("a.png", "a.tif", "b.tif"):
        assert np.abs(read_gray(tmp_path / name) - expected).max() <= 1, name


def test_cosmetic_damage_is_told(tmp_path):
    large = np.tile(PICTURE, (5, 5))
    Image.fromarray(large).save(tmp_path / "a.jpg")
    whole, data = read_gray(tmp_path / "a.jpg"), (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[:-2])
    found = read_image(tmp_path / "a.jpg")
    equal(found, whole)
    assert found.description == "the JPEG's last bytes are missing, and 0.0% of the picture"
    Image.fromarray(large).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:-12])
    found = read_image(tmp_path / "a.png")
    equal(found, large)
    assert found.description == "its end is missing"
