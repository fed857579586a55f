"""A trained network at work: weights files, embeddings, all pairs, nearest neighbours."""
