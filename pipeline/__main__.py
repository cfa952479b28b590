"""``python -m pipeline`` is the same as ``address-pipeline``."""

from __future__ import annotations

import io
import sys

from pipeline.cli import run

__all__ = ["main"]


def main() -> None:
    """Run the command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that knows no arrow shows a question mark instead of breaking the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
