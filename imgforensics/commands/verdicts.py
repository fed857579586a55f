"""Takes what reviewers judged out of a case, or into it.

    imgforensics verdicts export CASE FILE
    imgforensics verdicts import CASE FILE

FILE is JSON. Verdicts belong to the pixels of two panels and not to files, so that they hold in any
case in which these come up. None is ever changed or taken away, and none is there twice; the latest
counts.
"""

from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("export or import", "CASE", "FILE")


def main(argv: list[str]) -> None:
    action, case, file = argv[1:]
    if action not in ("export", "import"):
        raise UserError(f"give export or import, not {action!r}")
    print(f"{action} of verdicts: {printable(case)}", flush=True)
    from imgforensics.library import store as stores
    from imgforensics.screening import verdicts

    if action == "export":
        outputs.check_file(file)
        with stores.reading(case) as store:
            print(f"{verdicts.save(store, file)} verdicts written to {printable(file)}")
        return
    given = verdicts.load(file)
    with stores.existing(case) as store:
        new = verdicts.add(store, given)
    print(f"{new} of {len(given)} verdicts are new")
