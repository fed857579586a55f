"""The manipulations of paper section 3.3 as pure functions on gray images.

Every manipulation comes in three parts: `name(image, parameters...)` does it, `draw_name(u,
config)` makes its parameters of uniform numbers u, and `random_name(key, image, config)` is both.
Images are float32 [H, W] in [0, 1]; everything runs under jit and vmap.
"""
