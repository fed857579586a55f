"""`imgforensics table1`, from a clone: `python -m experiments.table1`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("table1")
