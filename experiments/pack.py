"""`imgforensics pack`, from a clone: `python -m experiments.pack`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("pack")
