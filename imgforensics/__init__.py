"""Manipulation-invariant similarity of scientific images."""
