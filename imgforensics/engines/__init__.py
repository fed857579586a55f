"""Who does the work of a screening: this machine, or a cluster."""
