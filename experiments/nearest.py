"""`imgforensics nearest`, from a clone: `python -m experiments.nearest`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("nearest")
