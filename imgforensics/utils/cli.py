"""What every command shares: its flags, what its --help prints, how it starts and how it fails."""

import contextlib
import difflib
import importlib
import io
import os
import re
import select
import signal
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

from absl import flags, logging

from imgforensics.utils import extras, interrupts, local
from imgforensics.utils.errors import Interrupted, UserError
from imgforensics.utils.printable import printable

_STDOUT = 1  # its file descriptor
_HELP = ("--help", "-help", "-h", "--helpfull", "--helpshort")
_WIDTH = 100  # characters of a line of help
_LOADED: list[str] = []  # the module whose flags are absl's now, if a command was loaded


def run(
    main: Callable[[list[str]], int | None],
    arguments: Sequence[str] | None = None,
    called: str | None = None,
) -> None:
    """Parses the flags that the module of `main` has defined, and runs `main(argv)`.

    The module may say in `ARGUMENTS` what its positional arguments are, with those that may be left
    out in brackets; it is None if there may be any number of them. `ADDRESSES` names the flags that
    may be addresses, which the module checks itself.

    A `UserError` becomes one line on stderr and exit code 1 instead of a traceback, and so does a
    mistake in a flag or a config; `Interrupted` ends with the code that shells use for its signal.
    --help prints the module's docstring and flags and ends with 0. A positional argument that the
    command does not take is refused, since a mistyped flag would otherwise be ignored.

    Args:
        main: takes the program's name and the positional arguments; may return an exit code.
        arguments: of the command; by default those of the process.
        called: what users type to call it; by default the module that Python runs.
    """
    module = sys.modules[main.__module__]
    called = called or f"python -m {module.__spec__.name if module.__spec__ else module.__name__}"
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    with errors_as_lines():
        logging.set_verbosity(logging.WARNING)  # libraries tell more than a user wants to know
        if asks_for_help(arguments):
            print(usage(module, called))
            return
        if code := main(parse(module, [called, *arguments])):
            sys.exit(code)


def parse(module: ModuleType, argv: list[str]) -> list[str]:
    """absl's parsing of the flags that a command has defined.

    Args:
        module: of the command.
        argv: the program's name and its arguments.

    Returns:
        The program's name and the positional arguments.

    Raises:
        UserError: a flag, config field or config file is wrong, or a positional argument.
    """
    sys.argv = [sys.argv[0], *argv[1:]]  # where ml_collections looks for fields of a config
    rest = _flags_parsed(argv)
    takes = getattr(module, "ARGUMENTS", ())
    if takes is not None:
        needed = [each for each in takes if not each.startswith("[")]
        if not len(needed) <= len(rest) - 1 <= len(takes):
            raise UserError(_misplaced(rest[1:], takes))
    for flag in flags_of(module):
        if isinstance(flag.value, str) and flag.name not in getattr(module, "ADDRESSES", ()):
            local.check(flag.value, f"--{flag.name}")
    return rest


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether one of the arguments, before any `--`, is a flag for help."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(argument in _HELP for argument in before)


def load(name: str) -> ModuleType:
    """Imports the module of a command, whose flags take the place of those of the one before.

    So several commands may be looked at, or run, by one process, and none finds a flag set already.

    Args:
        name: of the module, with dots.
    """
    while _LOADED:
        other = _LOADED.pop()
        sys.modules.pop(other, None)
        own = [flag.name for flag in flags.FLAGS.get_flags_for_module(other)]
        fields = [flag for flag in flags.FLAGS if "." in flag]  # of a config, once it is parsed
        for flag in (*own, *fields):
            delattr(flags.FLAGS, flag)
    _LOADED.append(name)
    return importlib.import_module(name)


def usage(module: ModuleType, called: str) -> str:
    """The text of --help: how a command is called, its module's docstring, and its own flags."""
    defined = flags_of(module)
    takes = getattr(module, "ARGUMENTS", ())
    places = ["..."] if takes is None else takes
    head = " ".join(["usage:", called, *places, *(["[--flag=value ...]"] if defined else [])])
    lines = [head, "", (module.__doc__ or "").strip()]
    if defined:
        lines += ["", "flags:", *(line for flag in defined for line in _described(flag))]
    return "\n".join(lines)


def flags_of(module: ModuleType) -> list[flags.Flag]:
    """The flags that a command has defined, in that order."""
    # Of the module that Python runs, they are listed under the program's name.
    name = module.__name__ if module.__name__ != "__main__" else sys.argv[0]
    return flags.FLAGS.get_flags_for_module(name)


def _described(flag) -> list[str]:
    """A flag, its values and its meaning, as lines of at most `_WIDTH` characters."""
    if flag.boolean:
        head = f"--[no]{flag.name}"
    elif values := getattr(flag.parser, "enum_values", None):
        head = f"--{flag.name}={'|'.join(values)}"
    else:
        head = f"--{flag.name}={flag.name.upper()}"
    if any("other than None" in check.message for check in flag.validators):
        about = " (needed)"
    elif flag.boolean or flag.default in (None, "", []):
        about = ""
    else:
        about = f" (default: {flag.default_as_str.strip(chr(39))})"
    # absl adds the values of an enum, which stand above, and a sentence.
    said = re.sub(r"^<.*?>: |;\s+repeat this option.*", "", flag.help, flags=re.DOTALL)
    if isinstance(flag, flags.MultiFlag):
        said += " May be repeated."
    text = f"{head}  {' '.join(said.split())}{about}"
    return textwrap.wrap(
        text, _WIDTH, initial_indent="  ", subsequent_indent=" " * 6, break_on_hyphens=False
    )


@contextlib.contextmanager
def errors_as_lines() -> Iterator[None]:
    """Ends the program with one line and exit code 1 where a `UserError` is raised.

    Likewise where a package of an extra is missing. Where the reader of stdout has gone, as
    `head` does, it ends without a word.
    """
    # Without its cache a command is slower, and its result is the same.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    # A name that is not UTF-8, or not of the terminal's letters, is shown as far as it can be.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with interrupts.watched():
            try:
                yield
            except SystemExit:
                _flush()
                raise
            _flush()
    except UserError as error:
        print(f"error: {printable(error)}", file=sys.stderr, flush=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (remedy := extras.remedy(error)) is None:
            raise
        print(f"error: {remedy}", file=sys.stderr, flush=True)
        sys.exit(1)
    except Interrupted as reason:
        print(reason, file=sys.stderr, flush=True)
        sys.exit(128 + reason.signal)  # as shells tell: 130 for Ctrl-C, 143 for SIGTERM
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


def _misplaced(given, takes):
    if not takes:
        return f"unexpected argument {given[0]!r}: options are given as --name=value"
    return f"give {' and '.join(takes)} ({len(given)} given; --help says what they are)"


def _flags_parsed(argv):
    try:
        rest = flags.FLAGS(argv)
        if "config" in flags.FLAGS and flags.FLAGS.config is not None:
            flags.FLAGS.config.lock()  # ml_collections raises for a missing file at the first use
        return rest
    except flags.UnrecognizedFlagError as error:
        near = difflib.get_close_matches(error.flagname, flags.FLAGS)
        meant = f": did you mean --{near[0]}?" if near else ""
        raise UserError(f"there is no flag --{error.flagname}{meant} (--help lists all)") from error
    except flags.Error as error:
        missing = re.match(r"flag --(\w+)=None: .*other than None", str(error))
        message = f"--{missing[1]} is missing" if missing else error
        raise UserError(f"{message} (--help lists the flags)") from error
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
