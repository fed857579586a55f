"""Takes what reviewers judged out of a case or a library, or into it.

    imgforensics verdicts export CASE FILE
    imgforensics verdicts import CASE FILE
    imgforensics verdicts dataset CASE FOLDER

FILE is JSON. Verdicts belong to the pixels of two panels and not to files, so that they hold in any
case in which these come up. None is ever changed or taken away, and none is there twice; the latest
counts. In the place of CASE may be a library, a folder or postgresql://HOST/DATABASE.

`dataset` writes the pairs whose latest verdict is *concern* or *not the same* into a new FOLDER, as
a TFDS data set to train by: positives, and hard negatives. `imgforensics train` takes it as
--config.data.labelled=FOLDER.
"""

from imgforensics.utils import outputs, servers
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("export, import or dataset", "CASE", "FILE or FOLDER")


def main(argv: list[str]) -> None:
    action, case, file = argv[1:]
    if action not in ("export", "import", "dataset"):
        raise UserError(f"give export, import or dataset, not {action!r}")
    servers.check(case)
    print(f"{action} of verdicts: {printable(case)}", flush=True)
    from imgforensics.library import libraries
    from imgforensics.screening import labels, verdicts

    if action == "dataset":
        with libraries.reading(case) as library:
            written = labels.write(library, file)
        told = ", ".join(f"{count} {label}" for label, count in sorted(written.pairs.items()))
        print(f"{written.pairs.total()} pairs written to {printable(file)}: {told}")
        if written.without_pictures:
            print(f"{written.without_pictures} more left out: not both of their pictures are here")
        return
    if action == "export":
        outputs.check_file(file)
        with libraries.reading(case) as library:
            given = library.verdicts()
        verdicts.save(given, file)
        print(f"{len(given)} verdicts written to {printable(file)}")
        return
    given = verdicts.load(file)
    with libraries.existing(case) as library:
        new = library.judge(given)
    print(f"{new} of {len(given)} verdicts are new")
