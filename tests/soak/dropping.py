"""A writer: puts prepared files into a folder as people, Excel and slow networks do.

``python dropping.py PLAN FOLDER``; the plan is JSON, a list of ``{at, source, name, how, chance}``
by time. It imports nothing of ours, so that it is there at once.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 10.0
"""So long it waits for a name to become free; then the sheet gets another one."""
LONG_AGO = 1_000_000_000
VANISHES_SECONDS = 0.2


def main(plan: Path, folder: Path) -> None:
    """Do what the plan says, in its order and not before its times."""
    begun = time.monotonic()
    for one in json.loads(plan.read_text(encoding="utf-8")):
        time.sleep(max(0.0, begun + one["at"] - time.monotonic()))
        target = _free(folder, one["name"])
        drop(Path(one["source"]).read_bytes(), target, one["how"], random.Random(one["chance"]))


def _free(folder: Path, name: str) -> Path:
    until = time.monotonic() + PATIENCE_SECONDS
    target, number = folder / name, 1
    while target.exists():
        time.sleep(0.05)
        if time.monotonic() > until:
            number += 1
            target = folder / f"{number} {name}"
    return target


def drop(data: bytes, target: Path, how: str, chance: random.Random) -> None:
    """Put one file there in one of the ways."""
    if how in ("pieces", "preallocated"):
        _in_pieces(data, target, chance, preallocated=how == "preallocated")
    elif how == "renamed":
        part = target.with_name(f"{target.name}.part")
        _in_pieces(data, part, chance, preallocated=False)
        part.rename(target)
    elif how == "replaced":
        target.write_bytes(b"order_id,first_name\n1,An older draft")
        time.sleep(VANISHES_SECONDS)
        part = target.with_name(f".{target.name}.tmp")
        part.write_bytes(data)
        part.replace(target)
    else:
        target.write_bytes(data)
    if how == "old":
        os.utime(target, (LONG_AGO, LONG_AGO))
    if how == "vanishes":
        time.sleep(VANISHES_SECONDS)
        target.unlink()


def _in_pieces(data: bytes, target: Path, chance: random.Random, *, preallocated: bool) -> None:
    size = len(data) // chance.randint(3, 8) + 1
    with target.open("wb") as file:
        if preallocated:
            file.truncate(len(data))
        for at in range(0, len(data), size):
            time.sleep(chance.uniform(0.0, 0.12))
            file.write(data[at : at + size])
            file.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
