"""`imgforensics screen`, from a clone: `python -m experiments.screen`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("screen")
