"""From a config to trained weights: state, step, devices, checkpoints, writers, loop."""
