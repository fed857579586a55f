"""Tables and figures that are made from records."""
