"""What every command shares: how it starts and how it fails."""

import sys

from absl import app

from imgforensics.errors import UserError


def run(main) -> None:
    """Runs `main(argv)` as an absl program.

    A `UserError` becomes one line on stderr and exit code 1 instead of a traceback. Left-over
    positional arguments are refused, since a mistyped flag would otherwise be ignored.
    """

    def guarded(argv):
        try:
            if len(argv) > 1:
                raise UserError(f"unexpected argument {argv[1]!r}: options are given as --name=value")
            return main(argv)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            sys.exit(1)

    app.run(guarded)
