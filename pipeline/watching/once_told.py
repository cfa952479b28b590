"""Each trouble once: what was said of several things for one reason is one trouble of them all.

Pure. A watcher says a sentence for whatever a trouble stops (the folder, this sheet, that one); the
page says it once, and at each sheet only what is about that sheet alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.pages.status import Trouble

__all__ = ["THAT_IS_OVER", "OnceTold", "for_readers", "told_once"]

THAT_IS_OVER: Final = "waits until what is said above is over"
_STUCK: Final = " cannot be put where it belongs: "
_GOES_ON: Final = " It goes on by itself once that works again."
"""Said of a pause; the page says it of all troubles together."""


class OnceTold(NamedTuple):
    """``troubles`` are of no single sheet; ``of_files``: by key, why a sheet waits."""

    troubles: tuple[Trouble, ...]
    of_files: Mapping[str, str]


def told_once(
    said: Mapping[str, str], since: Mapping[str, float], files: Mapping[str, str]
) -> OnceTold:
    """Put in order what was ``said``, by key; ``files`` gives the name of a sheet by its key.

    ``since`` (Unix time) has the same keys as ``said``. What several have is told since the first.
    """
    parts = {key: _parts(key, said[key], files.get(key)) for key in said}
    counts = Counter(why for _, why in parts.values())
    whole = {why: min(since[k] for k, (_, w) in parts.items() if w == why) for why in counts}
    troubles: list[Trouble] = []
    of_files: dict[str, str] = {}
    for key, (what, why) in parts.items():
        if key in files:
            of_files[key] = THAT_IS_OVER if counts[why] > 1 else f"{what}{for_readers(why)}"
        if key not in files or counts[why] > 1:
            words = why if counts[why] > 1 else f"{what}{why}"
            if (one := Trouble(for_readers(words), whole[why])) not in troubles:
                troubles.append(one)
    return OnceTold(tuple(sorted(troubles, key=lambda one: one.since)), of_files)


def _parts(key: str, sentence: str, name: str | None) -> tuple[str, str]:
    """Take a sentence about a sheet apart: ``cannot be taken: `` and why."""
    if name is None:
        stuck, said, why = sentence.partition(_STUCK) if key == "stuck" else ("", "", sentence)
        return f"{stuck}{said}", why.removesuffix(_GOES_ON)
    what, colon, why = sentence.removeprefix(f"{name} ").partition(": ")
    return (f"{what}{colon}", why) if colon else ("", what)


def for_readers(words: str) -> str:
    """Say it to somebody who has typed no command: the watcher goes on by itself."""
    return words.replace(", then run the same command again.", "; then it goes on by itself.")
