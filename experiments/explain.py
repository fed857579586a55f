"""`imgforensics explain`, from a clone: `python -m experiments.explain`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("explain")
