"""The cells of the simulation: which servers, how far away, and the figures of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.core.pace import Pace
from tests.pace_simulation.servers import Bucket, Server, Window
from tests.pace_simulation.simulator import Ran, simulate

__all__ = [
    "CHANGES",
    "LATENCIES",
    "LIMITS",
    "SERVERS",
    "Cell",
    "Change",
    "Figures",
    "cells",
    "change_lines",
    "table_lines",
]

START, CEILING = 5.0, 1000.0
WORK_SECONDS: Final = 40
"""Each cell has as many orders as the limit takes in so many seconds."""

SERVERS: Final[Mapping[str, Callable[[float], Server]]] = {
    "bucket of 1": lambda limit: Bucket(limit, 1),
    "bucket of 2": lambda limit: Bucket(limit, 2),
    "bucket of 5": lambda limit: Bucket(limit, 5),
    "bucket of 10": lambda limit: Bucket(limit, 10),
    "bucket of 50": lambda limit: Bucket(limit, 50),
    "bucket of 10, Retry-After": lambda limit: Bucket(limit, 10, tells=True),
    "window of 1 s": Window,
    "window of 1 s, Retry-After": lambda limit: Window(limit, tells=True),
}
LIMITS: Final = (2, 5, 10, 20, 50, 100, 200)
LATENCIES: Final = (0.02, 0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """The share of the limit that was reached, and how many requests were turned away for it."""

    share: float
    refused: int
    requests: int

    @classmethod
    def of(cls, ran: Ran) -> Figures:
        """Take them from a run."""
        return cls(ran.share, len(ran.refused), len(ran.admitted))

    def __str__(self) -> str:
        """Give ``0.97 · 0.5 %``."""
        return f"{self.share:.2f} · {100 * self.refused / self.requests:.1f} %"


@dataclass(frozen=True, slots=True)
class Cell:
    """A server of some limit, so many seconds away."""

    server: str
    limit: int
    latency: float

    @property
    def rows(self) -> int:
        """How many orders there are to send."""
        return self.limit * WORK_SECONDS

    def run(self, known: float | None = None, seed: int = 1) -> Ran:
        """Send them, knowing nothing or a limit."""
        return simulate(
            Pace(START, CEILING, known=known),
            SERVERS[self.server](self.limit),
            rows=self.rows,
            latency=self.latency,
            seed=seed,
        )

    def both(self, seed: int = 1) -> tuple[Figures, Figures]:
        """Give the figures of a first run, and of a second that knows what the first learned."""
        first = self.run(seed=seed)
        return Figures.of(first), Figures.of(self.run(first.learned, seed))


def cells() -> Iterator[Cell]:
    """Give all cells, line by line of the table."""
    for server in SERVERS:
        for latency in LATENCIES:
            yield from (Cell(server, limit, latency) for limit in LIMITS)


@dataclass(frozen=True, slots=True)
class Change:
    """A server that changes its limit after 20 s: orders enough for two minutes from then on."""

    what: str
    make: Callable[[], Server]
    before: int
    after: int

    def shares(self, latency: float = 0.1) -> tuple[list[float], Ran]:
        """Give the share of the new limit in each 10 s from the change on."""
        ran = simulate(
            Pace(START, CEILING),
            self.make(),
            rows=self.before * 20 + self.after * 120,
            latency=latency,
            seed=1,
        )
        return [ran.share_between(at, at + 10, self.after) for at in range(20, 80, 10)], ran


CHANGES: Final = (
    Change("bucket of 10, 50/s → 10/s", lambda: Bucket(50, 10, changes=((20, 10),)), 50, 10),
    Change("window of 1 s, 50/s → 10/s", lambda: Window(50, changes=((20, 10),)), 50, 10),
    Change("bucket of 10, 10/s → 50/s", lambda: Bucket(10, 10, changes=((20, 50),)), 10, 50),
    Change("window of 1 s, 10/s → 50/s", lambda: Window(10, changes=((20, 50),)), 10, 50),
    Change(
        "bucket of 10, Retry-After, 10/s → 50/s",
        lambda: Bucket(10, 10, tells=True, changes=((20, 50),)),
        10,
        50,
    ),
    Change("bucket of 10, 50/s → 100/s", lambda: Bucket(50, 10, changes=((20, 100),)), 50, 100),
)


def table_lines(figures: Mapping[Cell, Figures]) -> Iterator[str]:
    """Lay figures out as a table: a line for each server and latency, a column for each limit."""
    yield "| server | away | " + " | ".join(f"{limit}/s" for limit in LIMITS) + " |"
    yield "|---" * (len(LIMITS) + 2) + "|"
    for server in SERVERS:
        for latency in LATENCIES:
            told = (str(figures[Cell(server, limit, latency)]) for limit in LIMITS)
            yield f"| {server} | {latency:g} s | " + " | ".join(told) + " |"


def change_lines() -> Iterator[str]:
    """Lay out what becomes of a limit that changes."""
    spans = [f"{at} to {at + 10} s" for at in range(0, 60, 10)]
    yield "| server, 0.1 s away | " + " | ".join(spans) + " |"
    yield "|---" * (len(spans) + 1) + "|"
    for change in CHANGES:
        shares, _ = change.shares()
        yield f"| {change.what} | " + " | ".join(f"{share:.2f}" for share in shares) + " |"
