"""What scores tell: curves, rates, intervals, reliability."""
