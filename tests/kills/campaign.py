"""Commands that are started, killed and started again, and what is known of each afterwards."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.functional.command import Ended, Place, finish, order, write_sheet
from tests.stub_api.server import StubApi

__all__ = [
    "AfterPuts",
    "AfterSeconds",
    "AtPoint",
    "Campaign",
    "Life",
    "Moment",
    "Settled",
    "random_moment",
]

Settled = dict[int, str]
"""What the ledger held for certain: outcome by order id."""
POLL_SECONDS = 0.005
MOST_SECONDS = 120.0


@dataclass(frozen=True)
class AfterSeconds:
    """So long after the start, which may be while Python still imports."""

    seconds: float


@dataclass(frozen=True)
class AfterPuts:
    """Once so many corrections of this process have reached the server."""

    count: int


@dataclass(frozen=True)
class AtPoint:
    """Inside, right before or after the ``number``-th commit or rename: see ``dying``."""

    point: str
    number: int


Moment = AfterSeconds | AfterPuts | AtPoint


def random_moment(chance: random.Random, rows: int) -> Moment:
    """Draw a moment from all parts of a run: start-up, staging, planning, sending, finishing."""
    kind = chance.choice(["early", "puts", "puts", "commit", "commit", "rename"])
    if kind == "early":
        return AfterSeconds(chance.uniform(0.02, 1.2))
    if kind == "puts":
        return AfterPuts(chance.randrange(1, rows // 4))
    side = chance.choice(["before", "after"])
    if kind == "commit":
        return AtPoint(f"{side}-commit", chance.randrange(1, 20))
    return AtPoint(f"{side}-rename", 1)


@dataclass
class Life:
    """One process of a command, from its start to its end; times are monotonic."""

    sheet: str
    process: subprocess.Popen[str]
    begun_at: float
    came: int
    """So many corrections had come to the server before."""
    ended_at: float = float("inf")
    ended: Ended | None = None
    run_no: int = 0
    """The run it worked on: the newest one of its sheet when it ended."""
    settled: Settled = field(default_factory=dict)
    """The rows of that run which were settled when it ended."""
    claimed: int = 0
    """The rows of that run which nobody knows of."""

    @property
    def killed(self) -> bool:
        """True where it did not end by itself."""
        return self.process.returncode == -9


class Campaign:
    """Runs ``apply`` on sheets in a place against a stub; keeps every life in order of its start.

    ``cities`` maps a sheet's name to the city it wants: so the server's log tells sheets apart.
    """

    def __init__(self, place: Place, stub: StubApi, *, rate: str = "0") -> None:
        self.place = place
        self.stub = stub
        self.rate = rate
        self.lives: list[Life] = []
        self.cities: dict[str, str] = {}
        self.orders: dict[str, Sequence[int]] = {}

    def add_sheet(self, name: str, orders: Sequence[int], city: str) -> Path:
        """Write a sheet that sends these orders to this city."""
        self.cities[name] = city
        self.orders[name] = orders
        rows = [order(number, city=city) for number in orders]
        return write_sheet(self.place.work / name, rows)

    def start(self, sheet: str, moment: Moment | None = None) -> Life:
        """Start the command; one with an inner moment dies there by itself."""
        call = [sys.executable, "-m"]
        if isinstance(moment, AtPoint):
            call += ["tests.kills.dying", moment.point, str(moment.number)]
        else:
            call += ["pipeline"]
        call += ["apply", sheet, "--base-url", self.stub.url, "--max-rate", self.rate, "--json"]
        process = subprocess.Popen(
            call,
            cwd=self.place.work,
            env=self.place.process_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        life = Life(sheet, process, time.monotonic(), len(self.stub.puts()))
        self.lives.append(life)
        return life

    def due(self, life: Life, moment: Moment | None) -> bool:
        """Tell whether the moment has come, or the process has ended before it."""
        if life.process.poll() is not None:
            return True
        if isinstance(moment, AfterPuts):
            return self.puts_of(life) >= moment.count
        late = time.monotonic() - life.begun_at
        return isinstance(moment, AfterSeconds) and late >= moment.seconds

    def kill(self, life: Life) -> bool:
        """Kill it, unless it has ended; tells whether it was killed (or killed itself)."""
        life.process.kill()
        self.end(life)
        return life.killed

    def end(self, life: Life) -> Ended:
        """Wait for its end, and read what it left in the ledger."""
        life.ended = finish(life.process)
        life.ended_at = time.monotonic()
        if self.place.ledger.exists():
            self._read(life)
        return life.ended

    def kill_at(self, sheet: str, moment: Moment) -> Life:
        """Start, and kill at the moment."""
        life = self.start(sheet, moment)
        self.until(lambda: self.due(life, moment))
        self.kill(life)
        return life

    def kill_together(self, moments: Mapping[str, Iterable[Moment]]) -> dict[str, Life]:
        """Run the sheets at once, kill each at its moments one after the other, and start it again
        until it ends by itself; give the lives that did.
        """
        plans = {sheet: iter(each) for sheet, each in moments.items()}
        ended: dict[str, Life] = {}
        living: dict[str, tuple[Life, Moment | None]] = {}

        def step() -> bool:
            for sheet in plans.keys() - ended.keys():
                if sheet not in living:
                    moment = next(plans[sheet], None)
                    living[sheet] = (self.start(sheet, moment), moment)
                elif self.due(*living[sheet]):
                    life, _ = living.pop(sheet)
                    if not self.kill(life):
                        ended[sheet] = life
            return ended.keys() == plans.keys()

        self.until(step)
        return ended

    @staticmethod
    def until(holds: Callable[[], bool]) -> None:
        """Look again and again, until it holds."""
        late = time.monotonic() + MOST_SECONDS
        while not holds():
            assert time.monotonic() < late, "the commands do not come to an end"
            time.sleep(POLL_SECONDS)

    def finish(self, sheet: str) -> Life:
        """Run the command to its end; it must end well."""
        life = self.start(sheet)
        ended = self.end(life)
        assert ended.code == 0, ended
        return life

    def puts_of(self, life: Life) -> int:
        """Count the corrections of a life that have come to the server."""
        city = self.cities[life.sheet].encode()
        return sum(city in seen.body for seen in self.stub.puts()[life.came :])

    def _read(self, life: Life) -> None:
        source = str(self.place.work / life.sheet)
        with self.ledger() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
                return
            (run_no,) = db.execute(
                "SELECT MAX(run_no) FROM runs WHERE source_path = ? AND sending_at IS NOT NULL",
                (source,),
            ).fetchone()
            life.run_no = run_no or 0
            span = (life.run_no << 32, ((life.run_no + 1) << 32) - 1)
            rows = db.execute(
                "SELECT order_id, outcome, state FROM rows WHERE id BETWEEN ? AND ?", span
            ).fetchall()
        life.settled = {
            order_id: outcome for order_id, outcome, state in rows if state == "settled"
        }
        life.claimed = sum(state == "claimed" for _, _, state in rows)

    @contextmanager
    def ledger(self) -> Iterator[sqlite3.Connection]:
        """Open the ledger to look at it only."""
        uri = f"file:{self.place.ledger}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield db
