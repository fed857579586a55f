"""`imgforensics score_pairs`, from a clone: `python -m experiments.score_pairs`."""

from imgforensics import main

if __name__ == "__main__":
    main.run("score_pairs")
