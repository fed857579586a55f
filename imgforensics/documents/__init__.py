"""Documents of any kind to the figures in them."""
