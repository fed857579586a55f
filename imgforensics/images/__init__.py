"""Reading image files: every picture comes in through `read`."""
