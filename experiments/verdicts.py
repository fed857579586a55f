"""`imgforensics verdicts`, from a clone: `python -m experiments.verdicts`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("verdicts")
