"""Colours that those who are colour-blind can tell apart (Okabe and Ito, 2008)."""

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
PURPLE = "#CC79A7"
GRAY = "#767676"
