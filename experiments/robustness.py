"""`imgforensics robustness`, from a clone: `python -m experiments.robustness`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("robustness")
