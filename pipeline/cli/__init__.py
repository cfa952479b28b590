"""The command line: parses, calls, prints. One file a command; heavy parts are imported late."""

from pipeline.cli.app import app, run

__all__ = ["app", "run"]
