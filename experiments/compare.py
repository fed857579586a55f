"""`imgforensics compare`, from a clone: `python -m experiments.compare`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("compare")
