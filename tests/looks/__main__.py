"""``make looks``: draw the pages and the results workbook, and check what can be checked.

Needs Chromium, LibreOffice and poppler from the system. Pictures land in ``build/looks``;
``--keep`` copies some of them to ``docs/images``. Ends with 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
PARTS: Final = ("tests.looks.report", "tests.looks.status", "tests.looks.workbook")
"""Each has ``look(folder)``, which draws into a folder and gives what is wrong as sentences, and
``KEPT``: which of its pictures stand in the docs, and under which name."""
NEEDED: Final = {
    "chromium": "chromium",
    "soffice": "libreoffice-calc",
    "pdftoppm": "poppler-utils",
}


def main() -> int:
    """Draw everything; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make looks", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="copy pictures to docs/images")
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "looks")
    parser.add_argument("--only", choices=[name.rpartition(".")[2] for name in PARTS])
    asked = parser.parse_args()
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        print(f"make looks needs programs that are not here: apt-get install {' '.join(missing)}")
        return 2
    asked.folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for name in PARTS:
        if asked.only not in (None, name.rpartition(".")[2]):
            continue
        part = importlib.import_module(name)
        wrong += part.look(asked.folder)
        if asked.keep:
            for picture, kept in part.KEPT.items():
                shutil.copyfile(asked.folder / picture, PROJECT / "docs" / "images" / kept)
    print(f"Pictures: {asked.folder}")
    for sentence in wrong:
        print(f"WRONG  {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
