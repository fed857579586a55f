"""`imgforensics figures`, from a clone: `python -m experiments.figures`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("figures")
