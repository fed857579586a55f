"""Pairs to judge on, drawn by a seed."""
