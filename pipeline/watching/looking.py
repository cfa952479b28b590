"""What lies in the folder and may be taken now: settled, whole, and not left for a reason."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final, Literal, NamedTuple

from pipeline.folder.names import conflict_copy, family_of, is_left_alone, opened_by, side_of
from pipeline.folder.places import Places, look_at
from pipeline.folder.settling import Look, Settling
from pipeline.folder.whole import looks_whole
from pipeline.ledger import Ledger
from pipeline.ledger.approvals import was_shown
from pipeline.ledger.dropped import Task, is_our_file, is_untouched_result, sheet_of
from pipeline.sheets.placing import sha256_of
from pipeline.watching.fate import Fate
from pipeline.watching.moving import is_side

__all__ = ["COPIED", "SPOTS", "TURN", "Candidate", "Looking", "Spot"]

Spot = Literal["approved", "inbox", "to-approve"]
"""Where people put sheets."""
SPOTS: Final[tuple[Spot, ...]] = ("approved", "inbox", "to-approve")
_SPOT_KEYS: Final = tuple(f"{spot}/" for spot in SPOTS)

TURN: Final = "its turn comes"
COPIED: Final = "still being copied or saved"
"""Why a sheet waits."""
KEPT_SECONDS: Final = 60.0
"""So often a check file that seems to be left alone is looked into again."""
OPEN_SECONDS: Final = 12 * 3_600.0
"""So long what a program left that had a sheet open keeps it from being taken."""
MOST_COMPARED: Final = 256_000_000
"""No results of ours have more bytes; to read more through would take too long."""

_CONFLICT: Final = (
    "It looks like a conflict copy: two people changed one sheet at a time. Put together what is "
    "right in one sheet, and drop that under another name."
)
_ALONE: Final = Fate("done", "The check file of a sheet that was taken out of to-approve.")


class Candidate(NamedTuple):
    """A file that has settled."""

    spot: Spot
    name: str
    look: Look

    @property
    def key(self) -> str:
        """What it is known by where something is said of it."""
        return f"{self.spot}/{self.name}"


@dataclass(slots=True)
class Looking:
    """Watches the three places where people put sheets."""

    places: Places
    open_ledger: Callable[[], Ledger]
    settle_seconds: float
    plain_task: Task
    provider: str = ""
    not_before: dict[str, float] = field(default_factory=dict)
    """When a file that could not be taken is tried again."""
    _in_line: set[str] = field(default_factory=set)
    """What only waits until one of its family is put away."""
    _settling: dict[Spot, Settling] = field(init=False)
    _left: dict[str, Look] = field(default_factory=dict)
    _open: dict[Spot, set[str]] = field(default_factory=dict)
    """What somebody has open, and may yet save."""

    def __post_init__(self) -> None:
        """Begin knowing nothing."""
        self._settling = {spot: Settling(self.settle_seconds) for spot in SPOTS}

    def look(self, now: float) -> set[str]:
        """See what is there; gives the keys of all files. Raises OSError."""
        keys = set()
        families: set[str] = set()
        for spot in SPOTS:
            there = look_at(self.folder(spot), all_files=True)
            self._open[spot] = _open_of(there)
            looks = {name: look for name, look in there.items() if not is_left_alone(name)}
            if spot == "to-approve":
                looks = self._without_checks(looks, families)
            families |= set(map(family_of, looks))
            self._settling[spot].see(looks, now)
            keys |= {f"{spot}/{name}" for name in looks}
        self._left = {key: look for key, look in self._left.items() if key in keys}
        self.not_before = {key: at for key, at in self.not_before.items() if key in keys}
        return keys

    def _without_checks(self, looks: Mapping[str, Look], families: set[str]) -> dict[str, Look]:
        """Leave out the check files, but for those that nothing they belong to is to be seen of.

        ``families`` are those of the other places. A check file whose name had to be cut stays.
        """
        found = {name: look for name, look in looks.items() if side_of(name) != "check"}
        known = families | set(map(family_of, found))
        lone = [
            name
            for name in looks
            if name not in found and not (family := family_of(name)).endswith("…")
            if family not in known
        ]
        if lone:
            at_work = set(map(family_of, look_at(self.places.working, all_files=True)))
            lone = [name for name in lone if family_of(name) not in at_work]
        stems = [PurePath(name).stem for name in lone]  # one that was edited may be a sheet itself
        found |= {n: looks[n] for n in lone if not any(is_side(n, stem) for stem in stems)}
        return found

    def folder(self, spot: Spot) -> Path:
        """Give the folder of a place."""
        if spot == "inbox":
            return self.places.root
        return self.places.approved if spot == "approved" else self.places.to_approve

    def task_of(self, spot: Spot) -> Task:
        """Say what is done with a sheet from there."""
        if spot == "approved":
            return "approved"
        return "check" if spot == "to-approve" else self.plain_task

    def candidates(self, now: float, *, check: bool | None = None) -> list[Candidate]:
        """Give what has settled, written longest ago first; ``check``: to be checked, or sent."""
        found = [
            Candidate(spot, name, look)
            for spot, settling in self._settling.items()
            if check is None or check is (self.task_of(spot) == "check")
            for name, look in settling.settled(now).items()
            if name not in self._open[spot]
        ]
        return sorted(
            (
                one
                for one in found
                if now >= self.not_before.get(one.key, now) and self._left.get(one.key) != one.look
            ),
            key=lambda one: (one.look.mtime_ns, one.name),
        )

    def wait_in_line(self, one: Candidate, until: float) -> None:
        """Leave a file for its turn: to read it through ten times a second helps nobody."""
        self.not_before[one.key] = until
        self._in_line.add(one.key)

    def next_in_line(self) -> None:
        """A sheet was put away, so whatever waited for one of its family may have its turn."""
        for key in self._in_line:
            self.not_before.pop(key, None)
        self._in_line.clear()

    def is_ready(self, one: Candidate, now: float) -> bool:
        """Tell whether a settled file is whole and is to be taken. Raises OSError."""
        path = self.folder(one.spot) / one.name
        if not looks_whole(path) and not self._settling[one.spot].not_whole(one.name, now):
            return False
        if one.spot == "to-approve" and side_of(one.name) == "check":
            if self._is_kept(path):
                self.not_before[one.key] = now + KEPT_SECONDS
                return False
        elif self._is_left(one, path):
            self._left[one.key] = one.look
            return False
        return True

    def _is_left(self, one: Candidate, path: Path) -> bool:
        """Tell a file that waits where it is: shown already, or only the check file of a sheet."""
        if one.spot == "to-approve":
            with self.open_ledger() as ledger:
                if was_shown(ledger, sha256_of(path)) is None:
                    return False
                # One that was given another name has no check file beside it: it gets a new one.
                return sheet_of(ledger, self.places.root, path) is not None
        if one.spot == "approved" and side_of(one.name) == "check":
            with self.open_ledger() as ledger:
                return is_our_file(ledger, sha256_of(path))
        return False

    def _is_kept(self, path: Path) -> bool:
        """Tell a check file that was edited, or whose sheet lies there under whatever name."""
        with self.open_ledger() as ledger:
            if not is_our_file(ledger, sha256_of(path)):
                return True
            sheet = sheet_of(ledger, self.places.root, path)
        return sheet is not None and os.path.lexists(sheet)

    def at_once(self, one: Candidate) -> Fate | None:
        """Say what becomes of a file that no process need look at."""
        if one.spot != "inbox":
            is_lone_check = one.spot == "to-approve" and side_of(one.name) == "check"
            return _ALONE if is_lone_check else None
        if conflict_copy(one.name, self.provider):
            return Fate("needs-attention", _CONFLICT, explain=True)
        if not one.look.size:
            return Fate("needs-attention", f"{one.name} is empty; save it again.", explain=True)
        if one.look.size > MOST_COMPARED:
            return None
        with self.open_ledger() as ledger:
            if is_untouched_result(ledger, sha256_of(self.places.root / one.name)):
                return Fate("done", "Results that nobody changed: nothing was to be sent.")
        return None

    # -- for the page -------------------------------------------------------------------------

    def names(self, spot: Spot) -> list[str]:
        """Name the files of a place."""
        return self._settling[spot].unsettled

    def why(self, spot: Spot, name: str, now: float) -> str:
        """Say why a file waits."""
        if f"{spot}/{name}" in self._left:
            return "only a check file: move the sheet itself into approved"
        if name in self._open[spot]:
            return "open in Excel: close it there, then its turn comes"
        if name in self._settling[spot].settled(now):
            return TURN
        return COPIED

    def seen(self, now: float) -> object:
        """Give what is compared to know whether anything changed."""
        return {
            spot: (tuple(one.unsettled), tuple(one.settled(now)), sorted(self._open.get(spot, ())))
            for spot, one in self._settling.items()
        }

    @property
    def patience_seconds(self) -> float:
        """How long it may take until what is still being copied has settled."""
        return max(one.patience_seconds for one in self._settling.values())

    def next_at(self, now: float) -> float | None:
        """Give the moment at which the next file may have settled."""
        moments = (one.next_at(now) for one in self._settling.values())
        return min((at for at in moments if at is not None), default=None)


def _open_of(there: Mapping[str, Look]) -> set[str]:
    """Name what is open: a crash leaves the file that says so, so it counts for half a day."""
    since = (time.time() - OPEN_SECONDS) * 1e9
    opened = {opened_by(name) for name, look in there.items() if look.mtime_ns >= since}
    return {name for name in opened if name is not None}


def untaken_keys(said: Iterable[str]) -> list[str]:
    """Name the files of which it was said that they cannot be taken."""
    return [key for key in said if key.startswith(_SPOT_KEYS)]


def shown_keys(said: Iterable[str], keys: set[str]) -> list[str]:
    """Name what was said of files that are there no more."""
    return [key for key in untaken_keys(said) if key not in keys]
