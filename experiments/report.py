"""`imgforensics report`, from a clone: `python -m experiments.report`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("report")
