"""Trained models: their files, what they embed, and how embeddings are compared."""
