"""How several processes, mostly one on each host, join into one run and end together.

jax ends a process from outside of Python when another process of the run is gone. A second,
small process, forked before jax is imported, therefore watches what the libraries write to the
standard error, and puts one line for people in the place of jax's account.
"""

import atexit
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Iterator

from imgforensics.utils.errors import Interrupted, UserError
from imgforensics.utils.printable import printable

HEARTBEAT_TIMEOUT = 30  # seconds of silence after which a process counts as lost
_START_TIMEOUT = 300  # seconds that processes wait for the others when they start
_ACCOUNT = 3  # seconds in which jax may say which process was lost, once a collective has failed
_COLLECTIVES = re.compile(r"Gloo|NCCL")  # in errors that reach Python: those of CPU and GPU
_FAILED = "collective failed: "
# What begins the account that jax's service gives of a failure.
_SIGNS = re.compile(rf"coordination_service|distributed service|add_port|{_FAILED}")
_ENDED = "the process has ended by itself\n"


@contextlib.contextmanager
def joined(
    coordinator: str | None = None, num_processes: int | None = None, process_id: int | None = None
) -> Iterator[None]:
    """Makes this process one of several that do the block together.

    To be entered before jax is imported. Of all processes only the first one prints. When one
    ends, even by SIGKILL, all others end within about `HEARTBEAT_TIMEOUT` seconds, with a line
    that says so and a non-zero exit code.

    Args:
        coordinator: HOST:PORT where the first process listens.
        num_processes: how many there are.
        process_id: the number of this one, 0 for the first. Without any of the three, the
            environment is asked, as a TPU slice, SLURM or Open MPI sets it.

    Raises:
        UserError: the others are not found.
    """
    _start_watching(coordinator)
    import jax

    # This one catches SIGTERM for itself; the training loop does that, and agrees on it.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(
            coordinator,
            num_processes,
            process_id,
            initialization_timeout=_START_TIMEOUT,
            heartbeat_timeout_seconds=HEARTBEAT_TIMEOUT,
        )
    except (ValueError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"the processes of the run do not find each other ({reason}): "
            "name them with --coordinator, --num_processes and --process_id"
        ) from error
    try:
        with contextlib.ExitStack() as stack:
            if jax.process_index():
                os.environ["TQDM_DISABLE"] = "1"  # tqdm reads it when it is imported
                stack.enter_context(
                    contextlib.redirect_stdout(stack.enter_context(open(os.devnull, "w")))
                )
            yield
    except Interrupted:  # all have agreed on it, and end in the usual way
        raise
    except Exception as error:
        if not isinstance(error, UserError) and _COLLECTIVES.search(str(error)):
            os.write(2, f"{_FAILED}{printable(error)}\n".encode())  # the one who watches knows more
            time.sleep(_ACCOUNT)
            os._exit(1)
        atexit.register(_leave, 1, jax.process_index())
        raise
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        _leave(128 + signal.SIGINT, jax.process_index())


def _leave(code, process):
    """Ends the process at once: jax would wait for the others, and these wait for this one."""
    sys.stdout.flush()
    sys.stderr.flush()
    if process == 0:
        # Others may have failed for the same reason and be about to say so; when this process is
        # gone, they are ended.
        time.sleep(1)
    os._exit(code)


def _start_watching(coordinator):
    """Forks the process that reads what others than Python write to the standard error."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() == 0:
        os.close(writing)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # it ends after the process that it watches
        _watch(reading, coordinator)
        os._exit(0)
    os.close(reading)
    sys.stderr = open(os.dup(2), "w", buffering=1)
    os.dup2(writing, 2)
    os.close(writing)
    atexit.register(os.write, 2, _ENDED.encode())  # as the last, since it is the first one here


def _watch(reading, coordinator):
    """Passes lines on until one tells of a lost process; then all that follows becomes one line."""
    account = ""
    with open(reading, errors="replace") as lines:
        for line in lines:
            if line == _ENDED:
                print(account, end="", file=sys.stderr, flush=True)
                return
            if account or _SIGNS.search(line):
                account += line
            else:
                print(line, end="", file=sys.stderr, flush=True)
    if account:
        # The progress bar may have left its line open.
        print(f"\nerror: {_meaning(account, coordinator)}", file=sys.stderr, flush=True)


def _meaning(account, coordinator):
    """What libraries write when processes fail to find each other or lose one, in one line."""
    if "Failed to add port" in account:
        return f"cannot listen at {coordinator}: name another port in --coordinator"
    if "CoordinationService/RegisterTask" in account:
        return (
            f"not all processes have come to {coordinator} within {_START_TIMEOUT} seconds: start "
            "all with the same --coordinator and --num_processes, each with its own --process_id"
        )
    lost = "another process"
    if found := re.search(rf"{_FAILED}(.*)", account):
        lost = f"{lost} ({found[1]})"
    if found := re.search(r"stopped sending heartbeats\):\s+(?:\S*task:)?(\d+)", account):
        lost = f"process {found[1]}"
    elif re.search(r"Failed to send RPC to coordination|CoordinationService/Heartbeat", account):
        lost = "process 0"
    return (
        f"this run has lost {lost}, which has ended or cannot be reached (its own output may say "
        "why): start all processes again with the same command, and the run goes on from its last "
        "checkpoint"
    )
