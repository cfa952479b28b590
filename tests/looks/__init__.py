"""``make looks``: what a person sees, as pictures, and what can be checked of it."""
