"""A hot folder through a hard day: writers, watchers that die, an API that fails at times."""
