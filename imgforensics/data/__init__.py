"""Where micrographs come from, how they are split, and how triplets are drawn."""
