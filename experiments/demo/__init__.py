"""Two made-up manuscripts with re-used panels, to see a screening at work."""
