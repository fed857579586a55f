"""The tables of the README and of the documentation, made from saved records."""
