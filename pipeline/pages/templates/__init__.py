"""Templates and styles of the pages; no code."""
