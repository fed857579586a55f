"""Score normalisation and crops measured: which copies they find that f alone doesn't."""
