"""Checkpoints: the only place that knows of Orbax.

A checkpoint holds a whole `State`, best weights included, and a SHA-256 of its numbers, so that a
damaged one is noticed instead of trained on. The last two are kept.
"""

import hashlib
import logging
import os
import pathlib
import shutil

import jax
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers

from imgforensics import weights
from imgforensics.errors import UserError
from imgforensics.models import build
from imgforensics.training import rundir
from imgforensics.training import state as states
from imgforensics.training.state import State

_KEPT = 2

# Orbax logs the details of every save; what the user needs to know, the loop says.
logging.getLogger("absl").setLevel(logging.WARNING)


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
            self._manager = ocp.CheckpointManager(
                self.folder,
                options=ocp.CheckpointManagerOptions(
                    preservation_policy=checkpoint_managers.LatestN(_KEPT),
                    cleanup_tmp_directories=not self._read_only,
                    read_only=self._read_only,
                ),
            )
        return self._manager

    def save(self, state: State) -> None:
        """Writes a checkpoint in the background; waits for the one before.

        Raises:
            UserError: if this or the checkpoint before could not be written.
        """
        step = int(state.latest.step)
        arguments = ocp.args.Composite(
            state=ocp.args.StandardSave(_saved(state)),
            integrity=ocp.args.JsonSave({"sha256": digest(state)}),
        )
        self._guarded(lambda: self._open().save(step, args=arguments))

    def wait(self) -> None:
        """Waits until everything is on disk; raises what `save` raises."""
        if self._manager is not None:
            self._guarded(self._manager.wait_until_finished)

    def close(self) -> None:
        """Waits and lets go of the folder."""
        if self._manager is not None:
            manager, self._manager = self._manager, None
            self._guarded(manager.close)

    def _guarded(self, write):
        try:
            write()
        except Exception as error:  # Orbax and TensorStore raise many kinds for one full disk
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"could not write a checkpoint to {self.folder}: {reason}; the checkpoints before "
                "it are kept, so make room and start the same command again"
            ) from error

    def restore(self, like: State) -> State | None:
        """The newest intact checkpoint, or None if there is none at all.

        Args:
            like: a state (or its shapes) of the same config.

        Raises:
            UserError: if there are checkpoints but none can be read.
        """
        if not self.folder.is_dir():
            return None
        steps = sorted(self._open().all_steps(), reverse=True)
        for step in steps:
            problem, state = self._try(step, like)
            if state is not None:
                return state
            self._say(f"checkpoint of step {step} in {self.folder} is damaged ({problem})")
            if not self._read_only:
                self._set_aside(step)
        if steps:
            raise UserError(
                f"no checkpoint in {self.folder} can be read: "
                "remove the folder to start again, or name another one"
            )
        return None

    def _try(self, step, like):
        target = jax.tree.map(ocp.utils.to_shape_dtype_struct, _saved(like))
        arguments = ocp.args.Composite(
            state=ocp.args.StandardRestore(target), integrity=ocp.args.JsonRestore()
        )
        try:
            restored = self._open().restore(step, args=arguments)
        except Exception as error:  # whatever a damaged file makes of itself
            return str(error).strip().splitlines()[0][:120] or type(error).__name__, None
        flat = jax.tree.leaves(restored.state)
        state = jax.tree.unflatten(jax.tree.structure(like), flat)
        if digest(state) != restored.integrity["sha256"]:
            return "its numbers differ from those that were saved", None
        return None, state

    def _set_aside(self, step):
        """Moves a damaged checkpoint out of the way of the one that will replace it."""
        self._manager.close()
        self._manager = None
        target = self.folder.with_name("damaged") / str(step)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        shutil.move(self.folder / str(step), target)


def _saved(state):
    """A state as Orbax stores it: a list of arrays, in the order of the tree."""
    return {f"{number:04d}": leaf for number, leaf in enumerate(jax.tree.leaves(state))}


def digest(tree) -> str:
    """SHA-256 of all numbers of a tree, in the order of its leaves."""
    sha = hashlib.sha256()
    for leaf in jax.tree.leaves(tree):
        array = np.ascontiguousarray(leaf)
        sha.update(f"{array.dtype}{array.shape}".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def read_model(workdir: str | os.PathLike, which: str = "best") -> weights.Model:
    """The weights of a run, from its newest intact checkpoint.

    Args:
        workdir: the run's folder.
        which: 'best' for those of the lowest validation loss, or 'latest'.

    Raises:
        UserError: if the folder holds no run, or the run no intact checkpoint yet.
    """
    config = rundir.read(workdir)
    like = jax.eval_shape(
        lambda: states.create(
            config, build.network(config.model), states.make_optimizer(config.optimizer)
        )
    )
    checkpoints = Checkpoints(workdir, read_only=True)
    try:
        state = checkpoints.restore(like)
    finally:
        checkpoints.close()
    if state is None:
        raise UserError(f"{workdir} holds no checkpoint yet: train for longer")
    chosen = jax.tree.map(np.asarray, getattr(state, which))
    return weights.Model(config, chosen.params, chosen.moments, int(chosen.step))
