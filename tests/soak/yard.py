"""The folder, its writers, its watchers and the person in front of it, until all is done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.functional.command import Ended, Place, bare_address, finish
from tests.functional.results_book import ResultsBook
from tests.soak import dropping
from tests.soak.sheets import Drop, Payload
from tests.stub_api.server import StubApi

__all__ = ["Day", "Life", "Yard"]

WRITERS = 3
WATCHERS = 2
REPAIRED_ZIP = "02134"
_ROUND_SECONDS = 0.1
_SAMPLE_SECONDS = 0.5
_STARTING_SECONDS = 5.0


@dataclass(frozen=True)
class Day:
    """How hard a day it is: ``kill_every`` seconds a watcher dies, about; ``children`` in all."""

    seed: int
    drop_seconds: float
    kill_every: tuple[float, float]
    children: int
    person_every: float
    most_seconds: float


@dataclass
class Life:
    """One watcher from its start to its end, and what it held: open files and kB, by time."""

    process: subprocess.Popen[str]
    held: list[tuple[int, int]] = field(default_factory=list)
    ended: Ended | None = None
    killed: bool = False
    begun_at: float = field(default_factory=time.monotonic)
    told_at: float = 0.0

    def tell(self, number: int) -> None:
        """Send it a signal."""
        self.killed = number == signal.SIGKILL
        self.told_at = time.monotonic()
        self.process.send_signal(number)

    @property
    def starting(self) -> bool:
        """It was told so early that it may not have been listening to signals yet."""
        return self.told_at - self.begun_at < _STARTING_SECONDS


class Yard:
    """Makes a day of it. Afterwards: ``drops`` are all that came into the folder."""

    def __init__(self, place: Place, stub: StubApi, day: Day, drops: Sequence[Drop]) -> None:
        self.place, self.stub, self.day = place, stub, day
        self.drops = list(drops)
        self.lives: list[Life] = []
        self.root = place.work / "in"
        self.root.mkdir()
        self._staging = place.work / "prepared"
        self._staging.mkdir()
        self._chance = random.Random(day.seed)
        self._writers: list[subprocess.Popen[bytes]] = []
        self._returned: set[Path] = set()
        self._copied: set[Path] = set()
        self._children_left = day.children

    def work(self) -> bool:
        """Go through the day; tells whether all was done in time. Nothing outlives it."""
        end = time.monotonic() + self.day.most_seconds
        try:
            self._start_writers()
            self._watch([Life(self._start()) for _ in range(WATCHERS)], end)
            return self._is_done()
        finally:
            self._end()

    # -- the writers --------------------------------------------------------------------------

    def _start_writers(self) -> None:
        """A chain, and all of one name, are one writer's, so that they come one after the other."""
        plans: list[list[dict[str, object]]] = [[] for _ in range(WRITERS)]
        count = len(self.drops)
        of_chain: dict[int, int] = {}
        for number, one in enumerate(self.drops):
            source = self._staging / f"{number}"
            source.write_bytes(one.data)
            mine = of_chain.setdefault(one.chain or -number, number % WRITERS)
            if one.name.startswith("orders"):
                mine = 0
            plans[mine].append(
                {
                    "at": self.day.drop_seconds * number / count,
                    "source": str(source),
                    "name": one.name,
                    "how": one.how,
                    "chance": self.day.seed * 10_000 + number,
                }
            )
        for number, plan in enumerate(plans):
            path = self._staging / f"plan-{number}.json"
            path.write_text(json.dumps(plan), encoding="utf-8")
            command = [sys.executable, "-I", dropping.__file__, str(path), str(self.root)]
            self._writers.append(subprocess.Popen(command, env=self.place.process_environ()))

    @property
    def _all_dropped(self) -> bool:
        return all(writer.poll() is not None for writer in self._writers)

    # -- the watchers -------------------------------------------------------------------------

    def _start(self) -> subprocess.Popen[str]:
        return self.place.start("watch", "in", "--auto", "--base-url", self.stub.url)

    def _watch(self, now: list[Life], end: float) -> None:
        self.lives += now
        kill_at = self._next_kill()
        sample_at = person_at = 0.0
        while time.monotonic() < end and not (self._all_dropped and self._is_done()):
            time.sleep(_ROUND_SECONDS)
            if time.monotonic() >= sample_at:
                sample_at = time.monotonic() + _SAMPLE_SECONDS
                for life in now:
                    with suppress(OSError, IndexError):  # it is ending; its code is looked at later
                        life.held.append(_held(life.process.pid))
            if time.monotonic() >= person_at:
                person_at = time.monotonic() + self.day.person_every
                self._be_a_person()
            if time.monotonic() >= kill_at and not self._all_dropped:
                kill_at = self._next_kill()
                self._kill_one(now)

    def _next_kill(self) -> float:
        return time.monotonic() + self._chance.uniform(*self.day.kill_every)

    def _kill_one(self, now: list[Life]) -> None:
        at = self._chance.randrange(len(now))
        if self._children_left and self._chance.random() < 0.3 and (pids := self._children()):
            self._children_left -= 1
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(pids), signal.SIGKILL)
            return
        life = now[at]
        life.tell(signal.SIGKILL if self._chance.random() < 0.6 else signal.SIGTERM)
        life.ended = finish(life.process)
        now[at] = Life(self._start())
        self.lives.append(now[at])

    def _children(self) -> list[int]:
        return [pid for pid in self.processes() if b"pipeline.cli.child" in _command(pid)]

    def processes(self) -> list[int]:
        """Name what runs in this very place: everything there has its home."""
        mark = b"HOME=" + str(self.place.home).encode()
        return [pid for pid in _pids() if mark in _environ(pid)]

    def _end(self) -> None:
        for writer in self._writers:
            writer.kill()
            writer.wait()
        for life in self.lives:
            if life.ended is None:
                life.tell(signal.SIGTERM)
        for life in self.lives:
            if life.ended is None:
                life.ended = finish(life.process)
        end = time.monotonic() + 12.0
        while self.processes() and time.monotonic() < end:  # the leash of a killed one's children
            time.sleep(_ROUND_SECONDS)

    # -- the person ---------------------------------------------------------------------------

    def _be_a_person(self) -> None:
        """Correct one results sheet and drop it; drop another one as it is."""
        for path in self._to_correct()[:1]:
            self._returned.add(path)
            self._drop_now(self._corrected(path))
        if self._all_dropped or len(self._copied) * 12 > len(self.drops):
            return
        dropped = {drop.data for drop in self.drops}
        for path in sorted(self.root.glob("done/*.results.xlsx")):
            if path not in self._copied and (data := path.read_bytes()) not in dropped:
                self._copied.add(path)
                self._drop_now(Drop("untouched", path.name, data, "done"))
                break

    def _to_correct(self) -> list[Path]:
        """Name the results of which some row did not end well; corrected once, then let be."""
        found = sorted((self.root / "needs-attention").glob("*.results.xlsx"))
        return [path for path in found if path not in self._returned]

    def _corrected(self, path: Path) -> Drop:
        """Give the sheet with what was missing; rows that failed are sent again by that alone."""
        book = ResultsBook(path)
        rows = book.rows()
        payloads: dict[int, Payload] = {}
        for row in rows:
            number = int(row["order_id"])
            if row["outcome"] == "invalid":
                book.edit(book.main, int(row["row"]), zip_postal_code=REPAIRED_ZIP)
            payloads[number] = bare_address(
                number, first_name=row["first_name"], address_1=row["address_1"]
            )
        data = book.save(self._staging / f"edited-{len(self._returned)}.xlsx")
        return Drop("edited", path.name, data, "done", payloads=payloads)

    def _drop_now(self, drop: Drop) -> None:
        part = self._staging / "dropped.part"
        part.write_bytes(drop.data)
        if (self.root / drop.name).exists():
            return
        part.rename(self.root / drop.name)
        self.drops.append(drop)

    # -- what there is ------------------------------------------------------------------------

    def files(self) -> Iterator[Path]:
        """Give all files in the folder but the page."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.name != "_STATUS.html":
                yield path

    def _is_done(self) -> bool:
        """Nothing waits in the inbox but what is never taken, and nothing is in working."""
        waiting = [
            path
            for path in self.root.iterdir()
            if path.is_file() and path.name != "_STATUS.html" and not path.name.startswith("~$")
        ]
        working = [path for path in (self.root / "working").rglob("*") if path.is_file()]
        return not (waiting or working or self._to_correct())

    def contents(self) -> Counter[bytes]:
        """Count the files of each content."""
        return Counter(path.read_bytes() for path in self.files())


def _held(pid: int) -> tuple[int, int]:
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    status = Path(f"/proc/{pid}/status").read_text()
    return files, int(status.partition("VmRSS:")[2].split()[0])


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environ(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
