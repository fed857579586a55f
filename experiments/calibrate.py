"""`imgforensics calibrate`, from a clone: `python -m experiments.calibrate`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("calibrate")
