"""`imgforensics train`, from a clone: `python -m experiments.train`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("train")
