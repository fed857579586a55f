"""Checkpoints: the only place that knows of Orbax.

A checkpoint is a whole `State`, best weights included, as one array of bytes, and the SHA-256 of
these bytes, so that a damaged one is noticed instead of trained on. One array is one read or
write, which works or fails as a whole. The last two checkpoints are kept.
"""

import hashlib
import logging
import math
import os
import pathlib
import shutil

import jax
import ml_collections
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers

from imgforensics.inference import weights
from imgforensics.models import build
from imgforensics.training import rundir
from imgforensics.training import state as states
from imgforensics.training.state import State
from imgforensics.utils.errors import UserError

_KEPT = 2

# Orbax logs every detail, and each error that it raises some more times; the loop says what a user
# needs to know.
logging.getLogger("absl").setLevel(logging.CRITICAL)


class Checkpoints:
    """The checkpoints below a run's folder.

    Args:
        workdir: the run's folder; checkpoints live in its `checkpoints`.
        say: called with one line when a damaged checkpoint is passed over.
        read_only: never changes anything on disk.
    """

    def __init__(self, workdir: str | os.PathLike, say=print, read_only: bool = False):
        self.folder = pathlib.Path(workdir).absolute() / "checkpoints"
        self._say = say
        self._read_only = read_only
        self._manager = None

    def _open(self):
        if self._manager is None:
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
            self._manager = ocp.CheckpointManager(self.folder, options=options)
        return self._manager

    def save(self, state: State) -> None:
        """Writes a checkpoint in the background; waits for the one before.

        Raises:
            UserError: if this or the checkpoint before could not be written.
        """
        content = _to_bytes(state)
        arguments = ocp.args.Composite(
            state=ocp.args.StandardSave({"bytes": content}),
            integrity=ocp.args.JsonSave({"sha256": _sha256(content)}),
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
        steps = sorted(self._open().all_steps(), reverse=True)
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

    def _try(self, step, like):
        target = {"bytes": np.zeros(sum(map(_size, jax.tree.leaves(like))), np.uint8)}
        arguments = ocp.args.Composite(
            state=ocp.args.StandardRestore(target), integrity=ocp.args.JsonRestore()
        )
        try:
            restored = self._open().restore(step, args=arguments)
        except Exception as error:  # Orbax raises this very class when it cannot read an array
            return _reason(error), None
        content = restored.state["bytes"]
        if _sha256(content) != restored.integrity.get("sha256"):
            return "its content does not match its hash", None
        return None, _from_bytes(content, like)

    def _set_aside(self, steps):
        if not steps or self._read_only:
            return
        self.close()
        damaged = self.folder.with_name("damaged")
        damaged.mkdir(exist_ok=True)
        for step in steps:
            shutil.rmtree(damaged / str(step), ignore_errors=True)
            shutil.move(self.folder / str(step), damaged)


def _size(leaf):
    """Bytes of an array, or of one that has only a shape yet."""
    return math.prod(leaf.shape) * leaf.dtype.itemsize


def _to_bytes(state):
    """All leaves one after the other: uint8 [n]."""
    leaves = [np.ascontiguousarray(leaf) for leaf in jax.tree.leaves(state)]
    return np.concatenate([leaf.reshape(-1).view(np.uint8) for leaf in leaves])


def _from_bytes(content, like):
    """The state whose `_to_bytes` gave the content, with the shapes and dtypes of `like`."""
    leaves, tree = jax.tree.flatten(like)
    parts = np.split(content, np.cumsum([_size(leaf) for leaf in leaves])[:-1])
    return jax.tree.unflatten(
        tree, [part.view(leaf.dtype).reshape(leaf.shape) for part, leaf in zip(parts, leaves)]
    )


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


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
