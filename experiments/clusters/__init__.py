"""How quickly a cluster screens."""
