"""The exports that are known by their headings, one file each, with the evidence for its shape."""
