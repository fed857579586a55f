"""`imgforensics prepare_data`, from a clone: `python -m experiments.prepare_data`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("prepare_data")
