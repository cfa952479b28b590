"""What the doctor looks at, one file a place; each gives findings, and nothing raises."""
