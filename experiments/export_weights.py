"""`imgforensics export_weights`, from a clone: `python -m experiments.export_weights`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("export_weights")
