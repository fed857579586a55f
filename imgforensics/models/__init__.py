"""The shared branch, the forensic metric and the network that joins them."""
