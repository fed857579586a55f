"""Reads files whose names come on stdin, and says what came of each, a line of JSON for each.

Run on its own, so that time and memory can be measured, and so that a crash is seen.
"""

import json
import resource
import sys
import time

from imgforensics.images.read import read_image, read_images
from imgforensics.utils.errors import UserError


def main():
    for path in sys.stdin.read().split("\n"):
        error, start = "", time.monotonic()
        try:
            image = read_image(path)
            assert image.pixels.ndim == 2 and image.pixels.dtype == "uint8" and image.pixels.size
            for each in read_images(path):
                assert each.pixels.size
        except UserError as caught:
            error = str(caught)
        except Exception as caught:
            error = f"traceback: {caught!r}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # GiB
        print(json.dumps([path, error, time.monotonic() - start, peak]), flush=True)


main()
