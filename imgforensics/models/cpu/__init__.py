"""How convolutions and pooling are lowered on each backend."""
