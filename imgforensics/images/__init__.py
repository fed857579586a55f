"""Image files of any kind to gray images."""
