"""A set of images laid out by their embeddings, to be walked through."""
