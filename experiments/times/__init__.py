"""How long a screening takes, and how much memory, on this machine."""
