"""`imgforensics sweep`, from a clone: `python -m experiments.sweep`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("sweep")
