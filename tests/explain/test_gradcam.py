import numpy as np
import pytest

from imgforensics.explain import gradcam
from imgforensics.inference.embed import embed
from imgforensics.models import metric
from imgforensics.models.interface import ANCHOR, SAME
from imgforensics.utils.errors import UserError


def blocks(values):
    """An image whose features these are: [8, 8] into [16, 16]."""
    return np.asarray(values, np.float32).repeat(2, 0).repeat(2, 1)


def random(seed):
    return blocks(np.random.RandomState(seed).uniform(size=(8, 8)))


def f_of(model, first, second):
    pair = [embed(model, [image], branch) for image, branch in ((first, ANCHOR), (second, SAME))]
    return float(metric.distance(model.metric, *pair)[0])


@pytest.mark.parametrize("method", ["hires_cam", "occlusion"])
def test_what_f_does_not_look_at_contributes_nothing(one_place, method):
    found = gradcam.contributions(one_place, random(1)[None], random(2)[None], method)[:, 0]
    elsewhere = np.ones((8, 8), bool)
    elsewhere[2, 5] = False
    assert found.shape == (2, 8, 8) and found.dtype == np.float32
    assert not found[:, elsewhere].any() and found[:, 2, 5].all()


def test_what_a_place_contributes(one_place):
    """f = 6 |a - b| of one place: a = 0.7 in the first image and b = 0.2 in the second."""
    values = np.full((2, 8, 8), 0.5)
    values[:, 2, 5] = 0.7, 0.2
    first, second = map(blocks, values)
    blank = [float(image.mean()) for image in (first, second)]
    expected = {
        "hires_cam": (6 * 0.7, -6 * 0.2),
        "occlusion": (6 * 0.5 - 6 * abs(blank[0] - 0.2), 6 * 0.5 - 6 * abs(0.7 - blank[1])),
        # Of the gradient of 6 at one of 64 places the mean is taken, and weighs all places.
        "grad_cam": (6 / 64 * 0.7, -6 / 64 * 0.2),
    }
    for method, pair in expected.items():
        found = gradcam.contributions(one_place, first[None], second[None], method)
        np.testing.assert_allclose(found[:, 0, 2, 5], pair, rtol=1e-5)
    elsewhere = found[:, 0, 0, 0]  # plain Grad-CAM can't tell places apart
    np.testing.assert_allclose(elsewhere, (6 / 64 * 0.5, -6 / 64 * 0.5), rtol=1e-5)


def test_maps_show_the_quarter_that_is_alike_and_the_one_that_is_different(means):
    first, second = np.full((2, 8, 8), 0.5)
    first[:4, :4] = second[:4, :4] = 1.0
    first[4:, 4:], second[4:, 4:] = 1.0, 0.0
    for of, quarter in ((gradcam.ALIKE, 0), (gradcam.DIFFERENT, 10)):
        for heat in gradcam.maps(means, blocks(first), blocks(second), of):
            assert heat.shape == (16, 16) and heat.dtype == np.float32
            inner = slice(quarter, quarter + 6)  # beyond, cells are interpolated
            assert heat[inner, inner].min() > 0
            outer = slice(0, 10) if quarter == 0 else slice(6, 16)
            heat[outer, outer] = 0
            np.testing.assert_allclose(heat, 0, atol=1e-6)


def test_occlusion_is_the_change_of_f(means):
    """The cell of an image becomes that of a blank image, here by hand."""
    first, second = random(3), random(4)
    found = gradcam.contributions(means, first[None], second[None])[:, 0]
    f = f_of(means, first, second)
    for row, column in ((0, 0), (2, 7), (6, 3)):
        cell = slice(2 * row, 2 * row + 2), slice(2 * column, 2 * column + 2)
        without = first.copy()
        without[cell] = first.mean()
        change = f - f_of(means, without, second)
        np.testing.assert_allclose(found[0, row, column], change, atol=1e-5)
        without = second.copy()
        without[cell] = second.mean()
        change = f - f_of(means, first, without)
        np.testing.assert_allclose(found[1, row, column], change, atol=1e-5)


def test_an_image_and_itself(means):
    image = random(5)
    maps = gradcam.maps(means, image, image)
    assert min(heat.max() for heat in maps) > 0
    np.testing.assert_allclose(gradcam.maps(means, image, image, gradcam.DIFFERENT), 0, atol=1e-6)


def test_pairs_do_not_depend_on_their_batch(means):
    images = np.stack([random(seed) for seed in range(20)])
    together = gradcam.contributions(means, images[:18], images[2:])
    for pair in (0, 15, 16, 17):
        alone = gradcam.contributions(means, images[pair][None], images[pair + 2][None])
        np.testing.assert_allclose(together[:, pair], alone[:, 0], atol=1e-6)


def test_levels_of_eight_bits_are_the_same_as_floats(means):
    first, second = ((255 * random(seed)).astype(np.uint8) for seed in (1, 2))
    of_levels = gradcam.maps(means, first, second)
    of_floats = gradcam.maps(means, *(np.float32(image) / 255 for image in (first, second)))
    np.testing.assert_allclose(of_levels, of_floats, atol=1e-6)


def test_images_of_another_size_are_refused(means):
    with pytest.raises(UserError, match=r"shape \(12, 12\), and the network takes \(16, 16\)"):
        gradcam.maps(means, random(1), random(2)[:12, :12])
