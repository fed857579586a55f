"""`imgforensics pairwise`, from a clone: `python -m experiments.pairwise`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("pairwise")
