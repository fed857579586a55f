"""`imgforensics evaluate`, from a clone: `python -m experiments.evaluate`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("evaluate")
