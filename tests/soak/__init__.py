"""A hot folder through a hard day: many writers, watchers that die, an API that fails now and then."""
