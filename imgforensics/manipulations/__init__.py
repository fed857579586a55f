"""The manipulations of paper section 3.3 as pure functions on gray images.

Every manipulation comes in three parts: `name(image, parameters...)` does it, `draw_name(key, ...)`
draws its parameters, and `random_name(key, image, ...)` is the one after the other. Images are
float32 [H, W] in [0, 1]; everything runs under jit and vmap.
"""
