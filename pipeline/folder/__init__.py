"""The hot folder, as a place on a disk."""
