"""When a file has settled: nobody has written to it for a while, by our own clock.

A file's own time says nothing: a copy keeps the one of its original, and another machine's clock
may be wrong. So what counts is how long size, time and identity were seen to stand still here.
Pure: what was seen and the time are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Look", "Settling"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file showed; ``inode`` tells a file from one that replaced it."""

    size: int
    mtime_ns: int
    inode: int = 0


@dataclass(slots=True)
class _Watched:
    look: Look
    since: float
    again_at: float
    lacks: bool = False


class Settling:
    """Watches the files of one folder: :meth:`see` them now and then, ask for :meth:`settled`.

    ``settle_seconds`` a file must stand still; one that does but is not whole (as the caller sees
    by :meth:`not_whole`) is looked at again, for ``patience_seconds``.
    """

    def __init__(self, settle_seconds: float, patience_seconds: float = 60.0) -> None:
        self._settle_seconds = settle_seconds
        self._patience_seconds = max(patience_seconds, settle_seconds)
        self._files: dict[str, _Watched] = {}

    def see(self, looks: Mapping[str, Look], now: float) -> None:
        """Take what all files look like now; those that are gone are forgotten."""
        self._files = {name: self._seen(name, look, now) for name, look in looks.items()}

    def _seen(self, name: str, look: Look, now: float) -> _Watched:
        known = self._files.get(name)
        if known is not None and known.look == look:
            return known
        return _Watched(look, now, now + self._settle_seconds)

    def settled(self, now: float) -> dict[str, Look]:
        """Give the files that stood still long enough, the one written longest ago first."""
        still = [(name, file.look) for name, file in self._files.items() if now >= file.again_at]
        return dict(sorted(still, key=lambda one: (one[1].mtime_ns, one[0])))

    def not_whole(self, name: str, now: float) -> bool:
        """Say that a settled file is not whole; ``True`` where it is not to be waited for longer.

        What is preallocated stands still at its full size before anything is in it.
        """
        file = self._files[name]
        file.lacks = True
        if now - file.since >= self._patience_seconds:
            return True
        file.again_at = min(now + self._settle_seconds, file.since + self._patience_seconds)
        return False

    @property
    def patience_seconds(self) -> float:
        """How long it may take until all that stands still from now on has settled."""
        lacks = any(file.lacks for file in self._files.values())
        return self._settle_seconds * 2 + (self._patience_seconds if lacks else 0.0)

    @property
    def unsettled(self) -> list[str]:
        """Name all that are watched, settled or not."""
        return sorted(self._files)

    def next_at(self, now: float) -> float | None:
        """Give the moment at which the next file may have settled; ``None``: there is none."""
        return min((f.again_at for f in self._files.values() if f.again_at > now), default=None)

    def since(self, name: str) -> float | None:
        """Give the moment since when a file stands still."""
        file = self._files.get(name)
        return None if file is None else file.since
