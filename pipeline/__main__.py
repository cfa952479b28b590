"""``python -m pipeline`` is the same as ``address-pipeline``."""

from __future__ import annotations

import sys

from pipeline.cli import run

__all__ = ["main"]


def main() -> None:
    """Run the command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
