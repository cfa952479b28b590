"""Write the corpus into a folder, to look at it: ``python -m tests.corpus.make FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.corpus.all import ENTRIES

__all__ = ["make"]


def make(folder: Path) -> int:
    """Write every file, and give how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in ENTRIES:
        (folder / entry.name).write_bytes(entry.make())
    return len(ENTRIES)


if __name__ == "__main__":
    sys.stdout.write(f"{make(Path(sys.argv[1]))} files in {sys.argv[1]}\n")
