"""What is read back from checkpoints, whole or damaged."""

import hashlib
import json
import logging
import os
import shutil

import jax
import numpy as np
import orbax.checkpoint as ocp
import pytest

from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.training import checkpoints, loop, rundir
from imgforensics.training import state as states
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")


@pytest.fixture
def copied(finished, tmp_path):
    """A folder of one's own that holds the finished run."""
    return shutil.copytree(finished[0], tmp_path / "run")


def shapes(config):
    network, optimizer = build.network(config.model), states.make_optimizer(config.optimizer)
    return jax.eval_shape(lambda: states.create(config, network, optimizer))


def assert_equal(one, other):
    one, other = jax.device_get((one, other))
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for first, second in zip(jax.tree.leaves(one), jax.tree.leaves(other)):
        assert np.asarray(first).dtype == np.asarray(second).dtype
        np.testing.assert_array_equal(first, second)


def data_files(workdir, step):
    """The files of a checkpoint that hold its numbers."""
    folder = workdir / "checkpoints" / str(step) / "state"
    return [path for path in folder.rglob("d/*") if path.is_file()]


def truncate(workdir, step):
    for path in data_files(workdir, step):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(workdir, step):
    for path in data_files(workdir, step):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


def lie(workdir, step):
    """Whole files with other numbers: only the hash can tell."""
    path = workdir / "checkpoints" / str(step) / "integrity" / "metadata"
    path.write_text(json.dumps({"sha256": "0" * 64}))


def remove(workdir, step):
    for path in data_files(workdir, step):
        path.unlink()


DAMAGES = (truncate, flip, lie, remove)


def test_what_is_restored_is_what_was_saved(finished, tiny):
    workdir, state = finished
    kept = sorted(path.name for path in (workdir / "checkpoints").iterdir())
    assert kept == ["15", "20"]
    reader = checkpoints.Checkpoints(workdir, read_only=True)
    assert_equal(reader.restore(shapes(tiny)), state)
    assert reader.newest() == 20
    reader.close()


def test_orbax_reads_them_without_this_program(finished):
    workdir, state = finished
    tree = ocp.StandardCheckpointer().restore(workdir / "checkpoints" / "20" / "state")
    assert tree.keys() == {"latest", "best", "optimizer", "stale", "average"}
    for which in ("latest", "best"):
        assert_equal(tree[which], getattr(state, which)._asdict())


@pytest.mark.parametrize("which", ["best", "latest"])
def test_model_is_read_with_its_config_and_step(finished, tiny, which):
    workdir, state = finished
    model = checkpoints.read_model(workdir, which)
    chosen = getattr(state, which)
    assert_equal((model.params, model.moments), (chosen.params, chosen.moments))
    assert model.step == chosen.step
    assert rundir.flatten(model.config) == rundir.flatten(tiny)
    weights.check(model, workdir)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_latest_checkpoint_is_passed_over(copied, damage, capfd):
    damage(copied, 20)
    model = checkpoints.read_model(copied, "latest")
    assert model.step == 15
    out, err = capfd.readouterr()
    assert out.startswith(f"checkpoint of step 20 in {copied}/checkpoints is damaged (")
    assert out.count("\n") == 1 and not err
    assert (copied / "checkpoints" / "20").is_dir(), "reading changes nothing"


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_checkpoints_alone_are_an_error(copied, damage, tiny, capfd):
    for step in (15, 20):
        damage(copied, step)
    for _ in range(2):  # and again: the first attempt must not clear the way for a new start
        for use in (checkpoints.read_model, lambda workdir: loop.train(tiny, workdir, 1)):
            with pytest.raises(UserError, match=f"no checkpoint in {copied}/checkpoints can be"):
                use(copied)
    assert "Traceback" not in capfd.readouterr().err


def test_run_goes_on_from_the_checkpoint_before_a_damaged_one(copied, finished, tiny, capsys):
    truncate(copied, 20)
    assert_equal(loop.train(tiny, copied, num_devices=1), finished[1])
    out = capsys.readouterr().out
    assert "checkpoint of step 20" in out and "going on after step 15" in out
    assert (copied / "damaged" / "20").is_dir()
    for which in ("best", "latest"):
        assert_equal(*(checkpoints.read_model(run, which)[1:] for run in (copied, finished[0])))
    metrics = "metrics.jsonl"
    assert (copied / metrics).read_text() == (finished[0] / metrics).read_text()


def test_folders_without_checkpoints_are_told_apart(tmp_path, tiny):
    with pytest.raises(UserError, match="holds no run"):
        checkpoints.read_model(tmp_path)
    rundir.claim(tmp_path, tiny, rundir.Devices("cpu", 1, 1))
    with pytest.raises(UserError, match="holds no checkpoint yet"):
        checkpoints.read_model(tmp_path)
    assert not (tmp_path / "checkpoints").exists()


def save_tree(workdir, step, tree, about):
    """A checkpoint of anything."""
    shutil.rmtree(workdir / "checkpoints" / str(step))
    with ocp.CheckpointManager(workdir / "checkpoints") as manager:
        manager.save(step, args=ocp.args.Composite(
            state=ocp.args.StandardSave(tree), integrity=ocp.args.JsonSave(about)
        ))  # fmt: skip


def test_checkpoints_of_before_are_refused(copied, tiny):
    """Not passed over as if they were damaged: the one before this would be of another day."""
    content = np.zeros(1000, np.uint8)
    digest = hashlib.sha256(content).hexdigest()
    save_tree(copied, 20, {"bytes": content}, {"sha256": digest})
    for use in (checkpoints.read_model, lambda workdir: loop.train(tiny, workdir, 1)):
        with pytest.raises(UserError, match="holds checkpoints of an older version") as told:
            use(copied)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["integrity/metadata", "state/manifest.ocdbt"])
def test_pipes_are_not_waited_for(name, copied, capsys):
    path = copied / "checkpoints" / "20" / name
    path.unlink()
    os.mkfifo(path)
    assert checkpoints.read_model(copied, "latest").step == 15
    assert "step 20" in (out := capsys.readouterr().out) and "is no regular file" in out


@pytest.mark.parametrize("integrity", [[], {"sha256": 1}, {}, {"sha256": "0" * 10**6}])
def test_another_hash_is_no_hash(integrity, copied, capsys):
    path = copied / "checkpoints" / "20" / "integrity" / "metadata"
    path.write_text(json.dumps(integrity))
    assert checkpoints.read_model(copied, "latest").step == 15
    assert capsys.readouterr().out.count("is damaged (") == 1


def test_a_tree_of_another_config_is_not_read(copied, finished, capsys):
    """Whatever it claims to hold: shapes are compared first."""
    state = jax.tree.map(np.asarray, finished[1])
    huge = np.broadcast_to(np.zeros((), np.float32), (2**14, 2**13))
    latest = state.latest._replace(params=state.latest.params | {"alpha": huge})
    save_tree(copied, 20, state._replace(latest=latest), {"sha256": "0" * 64})
    assert checkpoints.read_model(copied, "latest").step == 15
    assert "its arrays are not those of the config" in capsys.readouterr().out


def test_every_checkpoint_is_that_of_its_step(tiny, tmp_path):
    """Each save goes on in the background while the next steps overwrite the state's buffers."""
    state = states.create(tiny, build.network(tiny.model), states.make_optimizer(tiny.optimizer))
    advance = jax.jit(lambda state: jax.tree.map(lambda leaf: leaf + 1, state), donate_argnums=0)
    writer = checkpoints.Checkpoints(tmp_path)
    for _ in range(5):
        state = advance(state)
        expected = jax.tree.map(np.array, state)
        writer.save(state)
        state = advance(state)
        writer.wait()
        assert_equal(writer.restore(shapes(tiny)), expected)
    writer.close()


def test_bugs_are_not_taken_for_a_full_disk(tiny, tmp_path, monkeypatch):
    writer = checkpoints.Checkpoints(tmp_path)

    class Broken:
        def save(self, *arguments, **options):
            raise AttributeError("a bug")

    monkeypatch.setattr(writer, "_manager", Broken())
    with pytest.raises(AttributeError, match="a bug"):
        writer.save(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes(tiny)))


def test_orbax_keeps_quiet(copied, capfd):
    logging.getLogger("absl").setLevel(logging.WARNING)  # as commands do
    checkpoints.read_model(copied)
    assert not logging.getLogger("absl").isEnabledFor(logging.ERROR)
    assert capfd.readouterr() == ("", "")
