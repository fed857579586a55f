"""The procedural micrographs: what they promise, and that they are fit to learn from."""

import hashlib
import itertools
import json
import subprocess
import sys

import jax
import numpy as np
import pytest
from scipy import ndimage

from imgforensics.data import procedural
from imgforensics.utils.errors import UserError

PER_CLASS = 8
ALL = dict(procedural.PAINTERS)


@pytest.fixture(
    scope="module",
    params=[11, pytest.param(len(ALL), marks=pytest.mark.slow)],
    ids="{} classes".format,
)
def micrographs(request):
    """Of the first classes, as if there were no others: compiling a painter takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedural, "PAINTERS", dict(itertools.islice(ALL.items(), request.param)))
        yield procedural.generate(PER_CLASS * request.param, seed=0, progress=False)


@pytest.fixture(scope="module")
def centres(micrographs):
    """The 128x128 pixels that a network sees, without noise of single pixels."""
    crops = micrographs.images[:, 64:192, 64:192].astype(np.float32)
    return np.stack([ndimage.gaussian_filter(crop, 1.5) for crop in crops])


def test_follows_the_interface(micrographs):
    size = PER_CLASS * len(procedural.PAINTERS)
    assert micrographs.images.shape == (size, 256, 256)
    assert micrographs.images.dtype == np.uint8
    assert len(set(micrographs.names)) == len(set(micrographs.sources)) == size
    assert micrographs.split is None
    assert json.loads(json.dumps(micrographs.summary))["images"] == size


@pytest.mark.parametrize("name", ALL)
def test_every_painter_draws_an_image(name):
    drawn = jax.eval_shape(ALL[name], jax.random.key(0))
    assert drawn.shape == (256, 256) and drawn.dtype == np.float32


def test_at_least_twenty_classes_in_turn(micrographs):
    assert len(ALL) >= 20
    names = list(procedural.PAINTERS)
    assert list(micrographs.classes) == names * PER_CLASS


def test_an_image_does_not_depend_on_the_size_of_the_set(micrographs):
    size = len(procedural.PAINTERS) + 3
    fewer = procedural.generate(size, seed=0, progress=False)
    np.testing.assert_array_equal(fewer.images, micrographs.images[:size])
    assert list(fewer.names) == list(micrographs.names[:size])


def test_only_what_is_read_is_drawn_and_once(micrographs, monkeypatch):
    drawn = []
    draw = procedural.draw

    def counted(painter, key):
        drawn.append(painter.__name__)
        return draw(painter, key)

    monkeypatch.setattr(procedural, "draw", counted)
    kinds = len(procedural.PAINTERS)
    read = procedural.on_demand(PER_CLASS * kinds, seed=0, progress=False)
    assert len(read) == len(micrographs) and list(read.names) == list(micrographs.names)
    assert not drawn
    chosen = np.array([kinds + 1, 1, 0, 1])
    for _ in range(2):
        np.testing.assert_array_equal(read.images[chosen], micrographs.images[chosen])
    np.testing.assert_array_equal(read.images[1], micrographs.images[1])
    assert sorted(drawn) == sorted([read.classes[0], *[read.classes[1]] * 2])
    np.testing.assert_array_equal(read.images[:2], micrographs.images[:2])
    np.testing.assert_array_equal(read.images[-1], micrographs.images[-1])
    assert len(drawn) == 4


def test_another_process_draws_the_same_bytes(micrographs):
    code = (
        "import hashlib; from imgforensics.data.procedural import generate\n"
        "for image in generate(4, seed=0, progress=False).images:\n"
        "    print(hashlib.sha256(image.tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    expected = [hashlib.sha256(image.tobytes()).hexdigest() for image in micrographs.images[:4]]
    assert done.stdout.split() == expected


def test_another_seed_draws_other_images(micrographs):
    size = len(procedural.PAINTERS)
    other = procedural.generate(size, seed=1, progress=False)
    assert not set(other.names) & set(micrographs.names)
    for image in other.images:
        assert not (image == micrographs.images).all((1, 2)).any()


def test_no_centre_is_nearly_blank(micrographs, centres):
    contrast = centres.std((1, 2))
    faint = [
        (str(micrographs.names[i]), str(micrographs.classes[i]), float(contrast[i]))
        for i in np.flatnonzero(contrast < 4)
    ]
    assert not faint


def test_images_of_a_class_are_different_pictures(micrographs, centres):
    flat = centres.reshape(len(centres), -1)
    flat = flat - flat.mean(1, keepdims=True)
    flat = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    alike = np.abs(flat @ flat.T) - np.eye(len(flat))
    for name in procedural.PAINTERS:
        members = np.flatnonzero(micrographs.classes == name)
        assert alike[np.ix_(members, members)].max() < 0.9, name


def test_classes_differ_in_kind(micrographs):
    """Grey levels and spectrum alone tell most images' class; chance is 1 in 33, or 1 in 11."""
    images = micrographs.images.astype(np.float32)
    levels = np.quantile(images, np.linspace(0.05, 0.95, 10), axis=(1, 2)).T / 255
    power = np.abs(np.fft.rfft2(images - images.mean((1, 2), keepdims=True))) ** 2
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None])
    edges = 0.5 * 2.0 ** -np.arange(0, 6.5, 0.5)
    rings = [(frequency > low) & (frequency <= high) for high, low in itertools.pairwise(edges)]
    spectrum = np.log10(np.stack([power[:, ring].mean(1) for ring in rings], 1))
    features = np.concatenate([levels, spectrum], 1)
    features = (features - features.mean(0)) / features.std(0)
    distance = np.linalg.norm(features[:, None] - features, axis=-1)
    np.fill_diagonal(distance, np.inf)
    nearest = micrographs.classes[distance.argmin(1)]
    assert (nearest == micrographs.classes).mean() > 0.4


def test_progress_is_shown_on_stderr_unless_disabled(capsys):
    procedural.generate(2, progress=True)
    shown = capsys.readouterr()
    assert "2/2" in shown.err and not shown.out
    procedural.generate(2, progress=False)
    assert not capsys.readouterr().err


def test_an_empty_set_is_refused():
    with pytest.raises(UserError, match="data.size is 0"):
        procedural.generate(0)
