"""Writes a report of a case for a colleague: pages that need nothing but themselves.

    imgforensics report CASE --out=report.html [--pdf=report.pdf] [--csv=rows.csv]

The HTML file has the pictures in it, says what was searched and what was not read, and lets its
reader judge; what she judged is downloaded from it, for `imgforensics verdicts import CASE FILE`.
The PDF file is for reading and printing, the CSV file for scripts. Existing files are replaced.
"""

from absl import flags

from imgforensics.utils import outputs
from imgforensics.utils.errors import UserError
from imgforensics.utils.printable import printable

ARGUMENTS = ("CASE",)
_OUT = flags.DEFINE_string("out", None, "HTML file to write.")
_PDF = flags.DEFINE_string("pdf", None, "PDF file to write.")
_CSV = flags.DEFINE_string("csv", None, "CSV file to write.")
_TOP = flags.DEFINE_integer(
    "top", None, "How many rows; as many as were screened for by default.", lower_bound=1
)


def main(argv: list[str]) -> None:
    paths = [path for path in (_OUT.value, _PDF.value, _CSV.value) if path]
    if not paths:
        raise UserError("say what to write: --out=report.html, --pdf=report.pdf or --csv=rows.csv")
    for path in paths:
        outputs.check_file(path)
    from imgforensics.review import case, document
    from imgforensics.screening import table
    from imgforensics.utils import atomic

    found = case.read(argv[1], _TOP.value)
    if _OUT.value:
        with atomic.writing(_OUT.value) as file:
            file.write(case.report(found))
    if _PDF.value:
        with atomic.writing(_PDF.value, "wb") as file:
            file.write(document.pdf(found))
    if _CSV.value:
        table.write(found.rows, _CSV.value)
    print(f"{len(found.entries)} pairs in {printable(', '.join(paths))}")
