"""What one would pick in place of a trained network, behind the same scores and tables."""
