"""Documents to ranked pairs of panels that a person works through."""
