"""A library in PostgreSQL measured: what it finds, how quickly, and how large it is."""
