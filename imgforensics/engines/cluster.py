"""Work on a cluster, by Ray: its tasks, its retries where a node is lost, its autoscaling.

A task is a pure function of what it is sent, so that one that is done again gives the same. Nothing
is shared but what Ray moves: no worker reads or writes the caller's files.
"""

import collections
import contextlib
import functools
import importlib.metadata
import itertools
import logging
import os
import socket
import urllib.parse
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import cv2
import ray
from ray import exceptions

from imgforensics.engines.interface import Item, Result
from imgforensics.utils import compilation, reading, temporary
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

_TRIES = 10  # of a task whose worker or node was lost: machines that can be taken away, are
# Of a task that a node had no memory for, with pauses that double. Ray itself never gives up.
_MEMORY_TRIES = "6"
_PATIENCE = 10.0  # seconds that an address may take to answer
_CHUNK = 4  # items in a task: some take a millisecond, as the task itself does
_LEAST = 16  # CPUs that tasks ask for, so that an autoscaler has a reason to start nodes
# Results depend on these. Whoever starts the nodes of a cluster sees to it that they are the same.
_PACKAGES = (
    "imgforensics", "jax", "jaxlib", "numpy", "opencv-python-headless", "pillow", "pypdfium2",
    "scipy",
)  # fmt: skip
# Read when a process starts. Workers have one thread each for products of small matrices.
_ENVIRONMENT = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ON_CPU = _ENVIRONMENT | {"JAX_PLATFORMS": "cpu"}  # devices are for the tasks that ask for one


class Cluster:
    """See `interface.Engine`."""

    def in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        start = _starting(_calls, function, cpus=1)
        return _flat(_results(start, _chunks(items), cpus=1))

    def on_devices(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        if gpus := int(ray.cluster_resources().get("GPU", 0)):
            return _on_gpus(function, items, gpus)
        cpus = _cpus_of_a_node()
        start = _starting(_calls, function, cpus)
        return _flat(_results(start, ([item] for item in items), cpus))

    def of_files(
        self,
        opening: Callable[[], AbstractContextManager[Callable[[str, str], Result]]],
        paths: Iterable[str],
    ) -> Iterator[Result]:
        start = _starting(_of_file, opening, cpus=1)

        def read(path: str):
            try:
                with reading.open_regular(path) as file:
                    return start((path, file.read()))
            except (OSError, ValueError):
                with opening() as function:  # which says why it can't be read
                    return ray.put(function(path, path))

        return _results(read, paths, cpus=1, name=str)


@contextlib.contextmanager
def opened(address: str | None) -> Iterator[Cluster]:
    """Joins a cluster for the time of the block.

    Args:
        address: ray://HOST:PORT; None for the cluster of which this machine is a part, or one of
            this machine alone, which ends with the block.

    Raises:
        UserError: it can't be reached.
    """
    if ray.is_initialized():  # by a program that goes on with it
        yield Cluster()
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the cluster
    os.environ.setdefault("RAY_task_oom_retries", _MEMORY_TRIES)
    where = address or os.environ.get("RAY_ADDRESS", "")
    try:
        _check(where)
        with warnings.catch_warnings():
            # JAX warns of forks; Ray's are at once followed by another program.
            warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
            warnings.filterwarnings("ignore", "Ray Client connection timed out", UserWarning)
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"there is no Ray cluster at {where or 'this machine'}: start one, give its token by "
            f"RAY_AUTH_TOKEN if it asks for one, or leave --engine away ({reason})"
        ) from error
    try:
        yield Cluster()
    finally:
        ray.shutdown()


def _check(address: str) -> None:
    """Raises an `OSError` where nobody listens, which Ray would wait for for minutes."""
    parts = urllib.parse.urlsplit(address if "://" in address else f"//{address}")
    if parts.hostname and parts.port:
        socket.create_connection((parts.hostname, parts.port), _PATIENCE).close()


def _starting(task, function, cpus: int) -> Callable[[Any], ray.ObjectRef]:
    """Starts the task of an item."""
    if not _cpus():
        print("the cluster has no CPUs now: waiting until a node is started", flush=True)
    shared = _shared(function)
    given = task.options(num_cpus=cpus, max_retries=_TRIES, runtime_env={"env_vars": _ON_CPU})
    return lambda item: given.remote(shared, item)


def _results(start, items, cpus: int, name: Callable[[Any], str] | None = None) -> Iterator[Any]:
    """What the tasks of items return, in order; where one fails, its item may be named."""
    waiting = collections.deque()

    def first():
        named, task = waiting.popleft()
        with _in_words(named):
            return _got(task)

    try:
        for item in items:
            named = "" if name is None else name(item)
            with _in_words(named):
                waiting.append((named, start(item)))
            if len(waiting) * cpus > max(_LEAST, 2 * _cpus()):
                yield first()
        while waiting:
            yield first()
    finally:
        for _, task in waiting if ray.is_initialized() else ():
            ray.cancel(task, force=True)


@contextlib.contextmanager
def _in_words(named: str = "") -> Iterator[None]:
    """Makes a `UserError` of one line of what Ray raises in the block."""
    at = f" at {printable(named)}" if named else ""
    try:
        yield
    except exceptions.OutOfMemoryError as error:
        raise UserError(
            f"the nodes of the cluster have too little memory{at}: give them more for each CPU, "
            "or start them with fewer CPUs, and run the same command again"
        ) from error
    except exceptions.RayError as error:
        raise UserError(
            f"the cluster fails{at} ({_line(error)}): see that imgforensics is installed on all of "
            "its nodes, and run the same command again"
        ) from error


def _line(error: BaseException) -> str:
    """What an error says first."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def _cpus() -> int:
    """Of the cluster as it is now."""
    return int(ray.cluster_resources().get("CPU", 0))


def _cpus_of_a_node() -> int:
    """Of the smallest node that has any; a task with as many fits on every node."""
    found = (node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    return int(min(filter(None, found), default=1))


def _chunks(items) -> Iterator[list]:
    items = iter(items)
    while chunk := list(itertools.islice(items, _CHUNK)):
        yield chunk


def _flat(results: Iterator[list]) -> Iterator[Any]:
    for chunk in results:
        yield from chunk


def _got(task):
    """What a task returned; raises the `UserError` that it raised."""
    try:
        return ray.get(task)
    except exceptions.RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise error.cause from error
        raise


def _on_gpus(function, items, gpus: int) -> Iterator[Any]:
    """By actors, each of which has a GPU; those that are left do what one that was lost had."""
    shared = _shared(function)
    actor: Any = ray.remote(num_gpus=1, runtime_env={"env_vars": _ENVIRONMENT})(_OnGpu)
    actors = [actor.remote(shared) for _ in range(gpus)]
    waiting = collections.deque()

    def start(item):
        actors.append(actors.pop(0))
        waiting.append((item, actors[-1], actors[-1].call.remote(item)))

    def first():
        item, by, task = waiting.popleft()
        with _in_words():
            while True:
                try:
                    return _got(task)
                except exceptions.RayActorError as error:
                    if by in actors:
                        actors.remove(by)
                    if not actors:
                        raise UserError(
                            "the cluster has lost all of its GPUs: run the same command again"
                        ) from error
                    by = actors[0]
                    task = by.call.remote(item)

    try:
        for item in items:
            start(ray.put(item))
            if len(waiting) > 2 * len(actors):
                yield first()
        while waiting:
            yield first()
    finally:
        for each in actors if ray.is_initialized() else ():
            ray.kill(each)


# What follows is called by workers.


def _shared(function) -> list:
    """A function for all tasks: within a list, tasks are given the reference, and so know it."""
    return [ray.put(function), _versions()]


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


@functools.lru_cache(maxsize=2)
def _function(reference):
    """Fetched once: with a model comes what JAX keeps of it."""
    return ray.get(reference)


@functools.cache
def _set_up() -> None:
    cv2.setNumThreads(1)
    compilation.use_cache()


def _prepared(shared):
    """The function of a task, in a worker that is ready for it."""
    reference, versions = shared
    for name, own in _versions().items():
        if own != versions[name]:
            raise UserError(
                f"a node of the cluster has {name} {own}, and this machine {versions[name]}: "
                "install the same versions everywhere"
            )
    _set_up()
    return _function(reference)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Makes a `UserError` of what a task raises, since others may not be known to the caller."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"a task of the cluster fails ({type(error).__name__}: {_line(error)}): mend that, or "
            "see by leaving --engine away whether this machine does it"
        ) from error


@ray.remote
def _calls(shared, items):
    with _told():
        return list(map(_prepared(shared), items))


class _OnGpu:
    def __init__(self, shared):
        self._shared = shared

    def call(self, item):
        with _told():
            return _prepared(self._shared)(item)


_kept = contextlib.ExitStack()  # until the end of the worker


@functools.lru_cache(maxsize=2)
def _opened(reference):
    return _kept.enter_context(_function(reference)())


@ray.remote
def _of_file(shared, named):
    name, content = named
    with _told(), temporary.folder() as folder:
        _prepared(shared)
        function = _opened(shared[0])
        path = folder / "file"
        path.write_bytes(content)
        return function(name, str(path))
