"""`imgforensics explore`, from a clone: `python -m experiments.explore`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("explore")
