"""What every command shares: how it starts and how it fails."""

import contextlib
import os
import re
import select
import signal
import sys
from collections.abc import Iterator

from absl import app, flags, logging

from imgforensics.utils import interrupts, local
from imgforensics.utils.errors import UserError

_STDOUT = 1  # its file descriptor


def run(main, positional: bool = False) -> None:
    """Runs `main(argv)` as an absl program.

    A `UserError` becomes one line on stderr and exit code 1 instead of a traceback, and so does a
    mistake in a flag or a config. Left-over positional arguments are refused, since a mistyped
    flag would otherwise be ignored, unless the command takes them (`positional`).
    """

    def quiet(argv):
        logging.set_verbosity(logging.WARNING)  # libraries tell more than a user wants to know
        if len(argv) > 1 and not positional:
            raise UserError(f"unexpected argument {argv[1]!r}: options are given as --name=value")
        _check_local()
        return main(argv)

    with errors_as_lines():
        app.run(quiet, flags_parser=_parse_flags)


@contextlib.contextmanager
def errors_as_lines() -> Iterator[None]:
    """Ends the program with one line and exit code 1 where a `UserError` is raised.

    Where the reader of stdout has gone, as `head` does, it ends without a word.
    """
    try:
        with interrupts.watched():
            try:
                yield
            except SystemExit:  # by which absl ends its programs
                _flush()
                raise
            _flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stdout.flush()
        sys.stderr.flush()
        interrupts.end(signal.SIGINT)
    except BrokenPipeError:
        if not _reader_has_gone():  # but that of another pipe has
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)  # takes what Python has yet to write
        sys.exit(128 + signal.SIGPIPE)


def _check_local():
    """Refuses addresses as values of this program's flags, all of which name what is local."""
    for flag in flags.FLAGS.get_key_flags_for_module(sys.argv[0]):
        if isinstance(flag.value, str):
            local.check(flag.value, f"--{flag.name}")


def _flush():
    """Writes what is left of stdout, as long as an error can be caught."""
    print(end="", flush=True)


def _reader_has_gone():
    """Whether nobody reads stdout any more."""
    poll = select.poll()
    poll.register(_STDOUT, 0)  # errors are told unasked
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _parse_flags(argv):
    """absl's parsing, with `UserError` for a wrong flag, config field or config file."""
    try:
        rest = flags.FLAGS(argv)
        if "config" in flags.FLAGS and flags.FLAGS.config is not None:
            flags.FLAGS.config.lock()  # ml_collections raises for a missing file at the first use
        return rest
    except flags.Error as error:
        raise UserError(f"{error} (--help lists the flags)") from error
    except OSError as error:
        reason = str(error.__cause__ or error).splitlines()[-1].strip()
        raise UserError(f"cannot read the config: {reason}") from error
    except (AttributeError, KeyError) as error:
        # ml_collections wraps the KeyError of a missing field; others are mistakes in a config's
        # code, of which the author needs the traceback.
        cause = error.args[0] if isinstance(error, AttributeError) else error
        if not isinstance(cause, KeyError):
            raise
        detail = "; ".join(str(cause.args[0]).splitlines())
        # A locked config names all its fields, which is no line any more.
        detail = re.sub(r" Other fields present: .*}\"?;?", "", detail)
        raise UserError(f"the config has no such field: {detail}") from error
