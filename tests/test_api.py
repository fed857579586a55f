"""What the front page shows: embeddings, f, and what a comparison says of itself."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import imgforensics
from imgforensics.images.fit import fit_square
from imgforensics.inference import embed as embedding
from imgforensics.utils.errors import UserError


@pytest.fixture(scope="module")
def images():
    """uint8, of several sizes."""
    rng = np.random.RandomState(0)
    return [rng.randint(0, 256, shape).astype(np.uint8) for shape in ((32, 32), (50, 70), (96, 40))]


def test_the_front_page_is_listed():
    assert {"compare", "distance", "embed", "load_pretrained"} <= set(imgforensics.__all__)
    assert set(imgforensics.__all__) <= set(dir(imgforensics))
    for name in imgforensics.__all__:
        assert getattr(imgforensics, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = imgforensics.nothing


def test_files_and_arrays_have_the_same_embeddings(images, model, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(len(images))]
    for image, path in zip(images, paths, strict=True):
        Image.fromarray(image).save(path)
    found = imgforensics.embed([str(paths[0]), paths[1], images[2]], model)
    expected = embedding.embed(model, [fit_square(image, 32) for image in images])
    assert found.dtype == np.float32 and found.shape == (3, 8)
    np.testing.assert_array_equal(found, expected)


def test_f_of_pairs_and_of_each_two(images, model):
    embeddings = imgforensics.embed(images, model)
    each = imgforensics.distance(embeddings, model=model)
    one, other = embeddings[0].astype(float), embeddings[1].astype(float)
    alpha = np.asarray(model.params["alpha"], float)
    np.testing.assert_allclose(each[0, 1], alpha @ np.abs(one - other), rtol=1e-5)
    assert each.shape == (3, 3) and not np.diag(each).any()
    broadcast = imgforensics.distance(embeddings[:, None], embeddings, model)
    np.testing.assert_allclose(each, broadcast, rtol=1e-6)
    assert imgforensics.distance(embeddings[0], embeddings[1], model).shape == ()


@pytest.mark.parametrize("images", ["a.png", np.zeros((32, 32), np.uint8)])
def test_one_image_is_no_list_of_images(images, model):
    with pytest.raises(UserError, match="put a single one into a list"):
        imgforensics.embed(images, model)


def test_pixels_are_grey_levels(model):
    with pytest.raises(UserError, match="float64 and shape .*uint8"):
        imgforensics.embed([np.zeros((32, 32))], model)


def test_embeddings_of_another_model_are_refused(model):
    with pytest.raises(UserError, match=r"\(2, 5\), and 8 numbers each"):
        imgforensics.distance(np.zeros((2, 5)), model=model)
    with pytest.raises(UserError, match=r"\(5,\), and 8 numbers each"):
        imgforensics.distance(np.zeros(8), np.zeros(5), model)
    with pytest.raises(UserError, match="give a second one"):
        imgforensics.distance(np.zeros(8), model=model)


def test_a_model_is_shown_as_one_line(model):
    assert repr(model) == "<Model of 9546 parameters after step 7>"


@pytest.fixture(scope="module")
def comparison(tissue, weights_file, tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "turned.png"
    Image.fromarray(np.rot90(tissue[150:278, 150:278])).save(path)
    return imgforensics.compare(tissue[150:278, 150:278], path, weights_file)


def test_a_comparison_is_shown_as_one_line(comparison):
    path = comparison.names[1]
    assert repr(comparison).startswith(f"<Comparison of A and {path}: same, f ")
    assert "\n" not in repr(comparison) and "array" not in repr(comparison)
    assert comparison.verdict == "same" and comparison.same


def test_a_comparison_as_plain_values_and_as_files(comparison, tmp_path):
    values = comparison.to_dict()
    assert values["names"] == list(comparison.names) and values["verdict"] == "same"
    picture, record = comparison.save(tmp_path / "out")
    written = json.loads(record.read_text())
    assert {written.pop("date")[:2], *written.pop("versions")} >= {"20", "imgforensics", "jax"}
    assert written == json.loads(json.dumps(values))
    assert picture.parent == record.parent == tmp_path / "out"
    shown = comparison._repr_png_()
    with Image.open(picture) as drawn, Image.open(io.BytesIO(shown)) as again:
        assert again.format == "PNG"
        np.testing.assert_array_equal(np.asarray(drawn), np.asarray(again))
