"""`imgforensics erasure`, from a clone: `python -m experiments.erasure`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("erasure")
