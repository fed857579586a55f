"""Pictures that look like micrographs, drawn by JAX: one pure function of a key for each kind."""
