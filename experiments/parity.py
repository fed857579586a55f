"""Compares this code with the outputs of the authors' code, stored in golden files.

    python -m experiments.parity --golden FILE [FILE ...]

Files of the network and of the manipulations are told apart by their keys; the flag may be
repeated, and take a comma list. Each quantity is printed with its error, its tolerance and a
verdict: 'ok', 'rounding' where the errors of both codes' floats are larger than the tolerance and
explain the difference, or 'MISS', of which a single one makes the exit code 1.
"""

import sys

from absl import flags

from imgforensics.utils import cli
from imgforensics.utils.errors import UserError

ARGUMENTS = None  # any number of files
_GOLDEN = flags.DEFINE_multi_string("golden", [], "Golden files; more may follow without a flag.")


def main(argv) -> None:
    files = [file for flag in _GOLDEN.value for file in flag.split(",")] + argv[1:]
    if not files:
        raise UserError("no golden file is named: give --golden FILE")
    if missing := next((file for file in argv[1:] if file.startswith("-")), None):
        raise UserError(f"{missing!r} is no file: options come before the files")
    print(f"repeating {', '.join(files)}", flush=True)
    from experiments.reference import golden

    misses = 0
    for file in files:
        kind, checks = golden.check(file)
        width = max(len(check.quantity) for check in checks)
        print(f"{file}, {kind}:")
        print(f"  {'quantity':{width}}  {'error':>9}  {'tolerance':>9}  verdict")
        for check in checks:
            numbers = f"{check.error:9.2e}  {check.tolerance:9.2e}"
            line = f"  {check.quantity:{width}}  {numbers}  {check.verdict:8}  {check.note}"
            print(line.rstrip(), flush=True)
        verdicts = [check.verdict for check in checks]
        missed, rounded = verdicts.count("MISS"), verdicts.count("rounding")
        print(f"{len(checks)} quantities, {rounded} explained by rounding, {missed} missed\n")
        misses += missed
    if misses:
        sys.exit(1)


if __name__ == "__main__":
    cli.run(main)
