"""A folder of images some of which are copies of others."""
