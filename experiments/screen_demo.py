"""Shows a screening at work: two made-up manuscripts in which panels are used twice.

    python -m experiments.screen_demo runs/screen-demo

`make screen-demo` runs this. It writes two PDF documents, screens them, and says what was planted,
what was found and where the report is. It opens nothing.
"""

import csv
import pathlib

from imgforensics.utils import cli, outputs

ARGUMENTS = ("FOLDER",)


def main(argv) -> None:
    print(f"a screening, in {argv[1]}", flush=True)
    folder = outputs.check_folder(argv[1])
    from experiments.demo import manuscripts
    from imgforensics import main as console

    paths = manuscripts.write(folder / "documents")
    print("planted:", *manuscripts.REUSED, sep="\n  ", flush=True)
    case = folder / "case"
    console.run("screen", [*map(str, paths), f"--case={case}"])
    report = folder / "report.html"
    console.run("report", [str(case), f"--out={report}", f"--pdf={folder / 'report.pdf'}"])
    with open(case / "rows.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print("found:")
    for row in rows:
        places = (f"{pathlib.Path(row[f'document_{x}']).name} p. {row[f'page_{x}']}" for x in "ab")
        print(f"  {row['rank']}. {row['status']}: {' and '.join(places)}; {row['reason']}")
    print(f"the report: {report.resolve().as_uri()}")
    print(f"to judge it yourself: imgforensics review {case}")


if __name__ == "__main__":
    cli.run(main)
