"""What every command shares: how it starts and how it fails."""

import sys

from absl import app, logging

from imgforensics.errors import UserError


def run(main, positional: bool = False) -> None:
    """Runs `main(argv)` as an absl program.

    A `UserError` becomes one line on stderr and exit code 1 instead of a traceback. Left-over
    positional arguments are refused, since a mistyped flag would otherwise be ignored, unless the
    command takes them (`positional`).
    """

    def guarded(argv):
        logging.set_verbosity(logging.WARNING)  # libraries tell more than a user wants to know
        try:
            if len(argv) > 1 and not positional:
                raise UserError(
                    f"unexpected argument {argv[1]!r}: options are given as --name=value"
                )
            return main(argv)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            sys.exit(1)

    app.run(guarded)
