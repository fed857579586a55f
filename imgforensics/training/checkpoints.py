"""Checkpoints: the only place that knows of Orbax.

A checkpoint is a whole `State`, best weights included, as a tree that Orbax's own tools read, and
the SHA-256 of its arrays, so that a damaged one is noticed instead of trained on. The last two
checkpoints are kept.

    orbax.checkpoint.StandardCheckpointer().restore("DIR/checkpoints/500/state")

gives the nested dicts `latest`, `best` and `optimizer`, and `stale`.
"""

import hashlib
import logging
import os
import pathlib
import shutil

import jax
import ml_collections
import numpy as np
import orbax.checkpoint as ocp
import tensorstore
from orbax.checkpoint import checkpoint_managers

from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.training import rundir
from imgforensics.training import state as states
from imgforensics.training.state import State
from imgforensics.utils import reading
from imgforensics.utils.errors import UserError

_KEPT = 2
_STATE, _INTEGRITY = "state", "integrity"
_MAX_INTEGRITY = 2**16  # bytes of a hash's file


class Checkpoints:
    """The checkpoints below a run's folder.

    Args:
        workdir: the run's folder; checkpoints live in its `checkpoints`.
        say: called with one line when a damaged checkpoint is passed over.
        read_only: never changes anything on disk.
    """

    def __init__(self, workdir: str | os.PathLike, say=print, read_only: bool = False):
        # Orbax logs every detail, and each error that it raises some more times; the loop says what
        # a user needs to know.
        logging.getLogger("absl").setLevel(logging.CRITICAL)
        self.folder = pathlib.Path(workdir).absolute() / "checkpoints"
        self._say = say
        self._read_only = read_only
        self._manager = None

    def _open(self):
        if self._manager is None:
            handlers = {
                _STATE: ocp.StandardCheckpointHandler(),
                _INTEGRITY: ocp.JsonCheckpointHandler(),
            }
            # Of several processes only the first one comes here; Orbax must not wait for others.
            alone = ocp.options.MultiprocessingOptions(primary_host=0, active_processes={0})
            if self._read_only:
                options = ocp.CheckpointManagerOptions(
                    read_only=True, multiprocessing_options=alone
                )
            else:
                self.folder.mkdir(exist_ok=True)  # Orbax doesn't, where others are not to wait
                options = ocp.CheckpointManagerOptions(
                    preservation_policy=checkpoint_managers.LatestN(_KEPT),
                    cleanup_tmp_directories=True,
                    create=False,
                    multiprocessing_options=alone,
                )
            self._manager = ocp.CheckpointManager(
                self.folder, options=options, item_handlers=handlers
            )
        return self._manager

    def save(self, state: State) -> None:
        """Writes a checkpoint in the background; waits for the one before.

        Raises:
            UserError: if this or the checkpoint before could not be written.
        """
        # A copy, since the next step takes the state's buffers.
        state = jax.tree.map(np.array, state)
        arguments = ocp.args.Composite(
            state=ocp.args.StandardSave(state),
            integrity=ocp.args.JsonSave({"sha256": _sha256(state)}),
        )
        self._guarded(lambda: self._open().save(int(state.latest.step), args=arguments))

    def wait(self) -> None:
        """Waits until everything is on disk; raises what `save` raises."""
        if self._manager is not None:
            self._guarded(self._manager.wait_until_finished)

    def close(self) -> None:
        """Waits and lets go of the folder; raises what `save` raises."""
        if self._manager is not None:
            manager, self._manager = self._manager, None
            self._guarded(manager.close)

    def _guarded(self, write):
        try:
            write()
        except (OSError, ValueError) as error:  # the latter by TensorStore
            raise UserError(
                f"could not write a checkpoint to {self.folder}: {_reason(error)}; those before it "
                "are kept, so make room and start the same command again"
            ) from error

    def newest(self) -> int | None:
        """The step of the newest checkpoint once all are on disk; raises what `save` raises."""
        self.wait()
        return self._open().latest_step()

    def restore(self, like: State) -> State | None:
        """The newest intact checkpoint, or None if there is none at all.

        Damaged ones that are newer are set aside, out of the way of those that will replace them.

        Args:
            like: a state (or its shapes) of the same config.

        Raises:
            UserError: if there are checkpoints but none can be read.
        """
        if not self.folder.is_dir():
            return None
        steps = self._steps()
        for number, step in enumerate(steps):
            problem, state = self._try(step, like)
            if state is not None:
                self._set_aside(steps[:number])
                return state
            self._say(f"checkpoint of step {step} in {self.folder} is damaged ({problem})")
        if steps:
            raise UserError(
                f"no checkpoint in {self.folder} can be read: to train from the start, name "
                "another --workdir or remove this folder"
            )
        return None

    def _steps(self):
        """The steps of all checkpoints, the newest first."""
        try:
            return sorted(self._open().all_steps(), reverse=True)
        except (OSError, ValueError) as error:
            raise UserError(
                f"cannot list the checkpoints in {self.folder}: {_reason(error)}"
            ) from error

    def _try(self, step, like):
        """What is wrong with a checkpoint, or its state; its claims are checked before its data."""
        try:
            _check_files(self.folder / str(step))
            arrays = _stored(self.folder / str(step) / _STATE)
            if arrays.keys() == {"bytes"}:
                raise UserError(
                    f"{self.folder} holds checkpoints of an older version, one array of bytes "
                    "each: go on with the version that wrote them, or train anew in another "
                    "--workdir"
                )
            if {name: _described(array) for name, array in arrays.items()} != _expected(like):
                return "its arrays are not those of the config", None
            for array in arrays.values():
                array.read().result()
            restored = self._open().restore(
                step,
                args=ocp.args.Composite(
                    state=ocp.args.StandardRestore(_empty(like)), integrity=ocp.args.JsonRestore()
                ),
            )
        except UserError:
            raise
        except Exception as error:  # Orbax raises this very class when it cannot read an array
            return _reason(error), None
        integrity = restored[_INTEGRITY]
        if not isinstance(integrity, dict) or _sha256(restored[_STATE]) != integrity.get("sha256"):
            return "its content does not match its hash", None
        return None, restored[_STATE]

    def _set_aside(self, steps):
        if not steps or self._read_only:
            return
        self.close()
        damaged = self.folder.with_name("damaged")
        damaged.mkdir(exist_ok=True)
        for step in steps:
            shutil.rmtree(damaged / str(step), ignore_errors=True)
            shutil.move(self.folder / str(step), damaged)


def _check_files(folder):
    """Refuses what can't be read, or whose reading never ends.

    Raises:
        OSError, ValueError: names the file.
    """
    reading.check_regular(folder)
    if (folder / _INTEGRITY / "metadata").stat().st_size > _MAX_INTEGRITY:
        raise ValueError("its hash is too long")


def _stored(folder) -> dict[str, tensorstore.TensorStore]:
    """The arrays in a checkpoint by name, each opened by itself, to be read by itself.

    Orbax opens and reads all at once, and ends with an error when the first one fails. What the
    others then have to say would end up on the screen.

    Raises:
        ValueError: something can't be read.
    """
    store = {"driver": "ocdbt", "base": f"file://{folder}/"}
    keys = tensorstore.KvStore.open(store).result().list().result()
    names = {key.decode().rpartition("/")[0] for key in keys}
    return {
        name: tensorstore.open(
            {"driver": "zarr", "kvstore": store | {"path": f"{name}/"}}, read=True
        ).result()
        for name in sorted(names)
    }


def _expected(like) -> dict:
    """What `_stored` has of a state, described."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): _described(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(like)
    }


def _described(array):
    return tuple(array.shape), getattr(array.dtype, "numpy_dtype", array.dtype)


def _empty(like):
    """Arrays that Orbax restores in place of: numpy's, on no device."""
    return jax.tree.map(lambda leaf: np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape), like)


def _sha256(state) -> str:
    """Of the bytes of all leaves, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(state):
        digest.update(np.ascontiguousarray(leaf).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _reason(error):
    """The last clause of an error's first line, where TensorStore puts what went wrong."""
    line = str(getattr(error, "strerror", None) or error).strip().partition("\n")[0]
    return line.partition(" [")[0].rpartition(": ")[2] or type(error).__name__


def read_model(workdir: str | os.PathLike, which: str = "best") -> weights.Model:
    """The weights of a run, from its newest intact checkpoint.

    Args:
        workdir: the run's folder.
        which: 'best' for those of the lowest validation loss, 'latest', or 'average'.

    Raises:
        UserError: if the folder holds no run, or the run no intact checkpoint yet or no average.
    """
    config = rundir.read(workdir)
    like = jax.eval_shape(
        lambda: states.create(config, build.network(config.model), states.optimizer(config))
    )
    checkpoints = Checkpoints(workdir, read_only=True)
    try:
        state = checkpoints.restore(like)
    finally:
        checkpoints.close()
    if state is None:
        raise UserError(f"{workdir} holds no checkpoint yet: train for longer")
    return model_of(config, state, which)


def model_of(config: ml_collections.ConfigDict, state: State, which: str) -> weights.Model:
    """The weights of a state, see `read_model`.

    Raises:
        UserError: an average is asked for, and the run keeps none.
    """
    chosen = getattr(state, which)
    if chosen is None:
        raise UserError(
            "this run keeps no average of its weights: train with config.ema_decay=0.999"
        )
    chosen = jax.tree.map(np.asarray, chosen)
    return weights.Model(config, chosen.params, chosen.moments, int(chosen.step))
