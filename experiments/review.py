"""`imgforensics review`, from a clone: `python -m experiments.review`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("review")
