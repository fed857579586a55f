"""Figures to the panels in them."""
