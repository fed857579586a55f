"""A library in PostgreSQL with pgvector, which several machines and people share."""
