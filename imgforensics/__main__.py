"""`python -m imgforensics`, which is the command `imgforensics`."""

from imgforensics import main

if __name__ == "__main__":
    main.main()
