"""`imgforensics library`, from a clone: `python -m experiments.library`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("library")
