"""`imgforensics scale_alpha`, from a clone: `python -m experiments.scale_alpha`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("scale_alpha")
