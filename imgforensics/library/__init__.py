"""Pictures with their embeddings on disk: what a case and a library of earlier figures are."""
