"""``python -m pipeline`` is the same as ``address-pipeline``."""

from __future__ import annotations

import io
import sys

from pipeline.cli import run
from pipeline.cli.bounds import leave_no_core
from pipeline.cli.screen import put, with_streams

__all__ = ["main"]


def main() -> None:
    """Run the command and leave with its exit code."""
    leave_no_core()
    with_streams()
    for stream in (sys.stdout, sys.stderr):
        # A console that knows no arrow shows a question mark instead of breaking the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        put(stream, "")  # what cannot be flushed must not change the exit code
    sys.exit(code)


if __name__ == "__main__":
    main()
