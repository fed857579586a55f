"""Figures of the paper, drawn with matplotlib's objects and without a display."""
