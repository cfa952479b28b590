"""Each trouble once: what was said of several things for one reason is one trouble of them all.

Pure. A watcher says a sentence for whatever a trouble stops (the folder, this sheet, that one); the
page says it once, and at each sheet only what is about that sheet alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.pages.status import Trouble
from pipeline.watching.saying import Said

__all__ = ["THAT_IS_OVER", "OnceTold", "for_readers", "told_once"]

THAT_IS_OVER: Final = "waits until what is said above is over"


class OnceTold(NamedTuple):
    """``troubles`` are of no single sheet; ``of_files``: by key, why a sheet waits."""

    troubles: tuple[Trouble, ...]
    of_files: Mapping[str, str]


def told_once(said: Mapping[str, Said], since: Mapping[str, float]) -> OnceTold:
    """Put in order what was ``said``, by key.

    ``since`` (Unix time) has the same keys. What several have is told since the first.
    """
    counts = Counter(one.why for one in said.values())
    first = {why: min(since[key] for key in said if said[key].why == why) for why in counts}
    troubles: list[Trouble] = []
    of_files: dict[str, str] = {}
    for key, one in said.items():
        is_shared = counts[one.why] > 1
        if one.name:
            of_files[key] = THAT_IS_OVER if is_shared else for_readers(one.of_sheet)
        if is_shared or not one.name:
            words = one.why if is_shared else f"{one.what}{one.why}"
            if (trouble := Trouble(for_readers(words), first[one.why])) not in troubles:
                troubles.append(trouble)
    return OnceTold(tuple(sorted(troubles, key=lambda trouble: trouble.since)), of_files)


def for_readers(words: str) -> str:
    """Say it to somebody who has typed no command: the watcher goes on by itself."""
    return words.replace(", then run the same command again.", "; then it goes on by itself.")
