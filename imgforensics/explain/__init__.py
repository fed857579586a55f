"""Why two images are judged to be copies, or different."""
