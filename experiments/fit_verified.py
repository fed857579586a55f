"""`imgforensics fit_verified`, from a clone: `python -m experiments.fit_verified`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("fit_verified")
