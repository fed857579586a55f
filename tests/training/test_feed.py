"""Images that are read a few steps ahead are those that the devices would choose."""

import signal
import threading

import jax
import numpy as np
import pytest

from imgforensics.data import folder as source_folder
from imgforensics.data import frozen
from imgforensics.data.micrographs import Micrographs
from imgforensics.training import devices, feed, loop, writers
from imgforensics.training import state as states
from imgforensics.training import step as steps
from imgforensics.utils.errors import Interrupted, UserError


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (20, 256, 256)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(images, tmp_path_factory):
    """The images, frozen."""
    folder = tmp_path_factory.mktemp("frozen")
    names = np.array([f"{number:02d}" for number in range(len(images))])
    frozen.freeze(Micrographs(images, names, names, names), folder)
    return folder


@pytest.fixture
def config(tiny):
    config = tiny.copy_and_resolve_references()
    config.data.on_device, config.steps = False, 12
    return config


def test_few_steps_from_disk_see_what_those_on_the_device_see(config, images, folder, monkeypatch):
    """Manipulated, and bit for bit; what a step does with it is one function in both."""
    config.steps = 4
    for step in ("perspective", "gamma", "local_edit"):  # which takes compilation
        config.manipulations[step].probability = 0.0
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)

    def make_update(*_):
        def update(state, batch, jitter):
            latest = state.latest._replace(step=state.latest.step + 1)
            return state._replace(latest=latest), jax.lax.all_gather(batch, steps.AXIS)

        return update

    monkeypatch.setattr(steps, "make_update", make_update)
    seen = []
    for on_device, source in ((True, images), (False, frozen.on_disk(folder).images)):
        config.data.on_device = on_device
        step = steps.make_step(config, None, None, num_devices=2)
        step = devices.parallel_step(step, 2, distributed=not on_device)
        weights = states.Weights({}, {}, np.int32(0), np.float32(0))
        state = devices.replicate(states.State(weights, {}, {}, np.int32(0)), 2)
        for _, batch in zip(range(config.steps), feed.images(config, source, 0, num_devices=2)):
            state, batch = step(state, batch)
            seen.append(np.asarray(batch))
    on_device, from_disk = np.split(np.stack(seen), 2)
    assert on_device.shape == (4, 2, 3, 4, 32, 32) and len(np.unique(on_device)) > 1000
    np.testing.assert_array_equal(on_device, from_disk)


@pytest.mark.slow
def test_run_from_disk_is_that_from_the_device(tiny, textures, tmp_path, monkeypatch):
    """Also if it is interrupted: bit for bit."""
    config = tiny.copy_and_resolve_references()
    config.data.source, config.data.folder = "frozen", str(tmp_path / "frozen")
    frozen.freeze(source_folder.read(textures), config.data.folder)
    expected = loop.train(config, tmp_path / "device", num_devices=2)
    config.data.on_device = False
    write = writers.MetricsWriter.write

    def write_and_stop(self, step, scalars):
        write(self, step, scalars)
        if step == 8:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(writers.MetricsWriter, "write", write_and_stop)
        with pytest.raises(Interrupted, match="stopped after step 8"):
            loop.train(config, tmp_path / "disk", num_devices=2)
    state = loop.train(config, tmp_path / "disk", num_devices=2)
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("first", [0, 7])
def test_each_device_gets_its_share_of_the_batch_of_the_step(config, images, folder, first):
    chosen = np.arange(1, 20)  # as if the first were of another split
    stored = frozen.on_disk(folder).images[chosen]
    batches = list(feed.images(config, stored, first, num_devices=2))
    assert len(batches) == 12 - first
    indices = jax.jit(lambda step: steps.indices(config, step, 19))
    for step, batch in enumerate(batches, start=first):
        assert batch.shape == (2, 2, 4, 256, 256) and batch.dtype == np.uint8
        assert [shard.device for shard in batch.addressable_shards] == jax.local_devices()[:2]
        pairs = images[chosen][indices(step)]
        np.testing.assert_array_equal(batch[0], pairs[:, :4])
        np.testing.assert_array_equal(batch[1], pairs[:, 4:])
    assert len({np.asarray(batch).tobytes() for batch in batches}) == len(batches)


def test_processes_share_a_batch(monkeypatch):
    monkeypatch.setattr(jax, "process_count", lambda: 4)
    parts = []
    for process in range(4):
        monkeypatch.setattr(jax, "process_index", lambda: process)
        parts.append(np.arange(24)[devices.share(24, 2)])
    assert [len(part) for part in parts] == [6] * 4
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(24))


def test_all_images_stay_on_the_devices(tiny, images):
    batches = feed.images(tiny, images, 0, num_devices=2)
    first, second = next(batches), next(batches)
    assert first is second
    np.testing.assert_array_equal(first, images)
    batches.close()


def test_damage_ends_the_feed_with_its_line(config, folder, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    names = np.array([f"{number:02d}" for number in range(20)])
    frozen.freeze(Micrographs(np.zeros((20, 256, 256), np.uint8), names, names, names), copy)
    stored = frozen.on_disk(copy).images
    before = threading.active_count()
    batches = feed.images(config, stored, 0, num_devices=1)
    next(batches)
    (records,) = copy.glob("*/*/*.array_record*")
    records.write_bytes(bytes(records.stat().st_size))
    with pytest.raises(UserError, match=f"{copy}/.* is damaged .*prepare it again") as damaged:
        list(batches)
    assert "\n" not in str(damaged.value)
    assert threading.active_count() == before
