"""What observers are told: small frozen records without an address, a key or a reply.

:class:`Progress` goes to whoever shows how far a run is. The events go to a log (and to whoever
else wants them): their names and fields are public, ``docs/logs.md`` lists them, and no field can
hold what stands in a sheet. Text is a file's name, a host, an outcome; a test holds every field to
that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol

from pipeline.core.outcome import ExitCode, NextStep, Outcome

__all__ = [
    "EVENTS",
    "SILENT",
    "CommandEnded",
    "Event",
    "Level",
    "MetricsFailed",
    "Observer",
    "OrderRetry",
    "OrderSettled",
    "OutageBegun",
    "OutageEnded",
    "PauseBegun",
    "PauseEnded",
    "Paused",
    "PingFailed",
    "Planned",
    "PreviewMade",
    "Progress",
    "Purged",
    "ResultsWritten",
    "RunBegun",
    "RunEnded",
    "SendingBegun",
    "SheetClaimed",
    "SheetEnded",
    "SheetRefused",
    "TakenOver",
]

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: orders settled of all that were to be sent, and at what pace.

    While the API counts as down: for how long, and how much longer it is waited for.
    """

    done: int
    total: int
    requests: int
    retries: int
    seconds: float
    outage_seconds: float | None = None
    outage_seconds_left: float | None = None

    @property
    def per_second(self) -> float:
        """Orders settled a second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What is left at this pace; unknown before the first order is settled."""
        return (self.total - self.done) / self.per_second if self.per_second else None


_GRAVE: Final = frozenset(
    {ExitCode.USAGE, ExitCode.SHEET, ExitCode.CREDENTIALS, ExitCode.STOPPED, ExitCode.BUG}
)


class Event:
    """Something that happened. :attr:`weight` says how grave it is (``level``, as a rule);
    :meth:`name` what a log calls it.

    A ``run_no`` is the ledger's own number of a run; a log shows the run's id in its place, which
    :class:`RunBegun` tells.
    """

    __slots__ = ()
    level: ClassVar[Level] = "info"

    @property
    def weight(self) -> Level:
        """How grave this very one is."""
        return self.level

    @classmethod
    def name(cls) -> str:
        """``RunBegun`` → ``run_begun``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


@dataclass(frozen=True, slots=True)
class RunBegun(Event):
    """A sheet is read and its run is in the ledger, or its cut-off run goes on."""

    run_no: int
    run_id: str
    sheet: str
    target: str
    host: str
    continued: bool


@dataclass(frozen=True, slots=True)
class SheetRefused(Event):
    """A sheet could not be read or is in other hands; nothing of it is sent."""

    level: ClassVar[Level] = "warning"
    sheet: str
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """It is known what would be sent of a sheet; all but ``rows`` count orders."""

    run_no: int
    rows: int
    orders: int
    to_send: int
    unchanged: int
    superseded: int
    to_fix: int
    held_back: int
    findings: int


@dataclass(frozen=True, slots=True)
class Purged(Event):
    """Lines of old sheets (``rows``, headings included) were rid of their personal data."""

    rows: int


@dataclass(frozen=True, slots=True)
class SendingBegun(Event):
    """The plan was approved: from here on something may be sent."""

    orders: int


@dataclass(frozen=True, slots=True)
class OrderRetry(Event):
    """A try of an order failed, and another one follows after this wait (or later).

    ``http_status`` is empty where no answer came.
    """

    run_no: int
    row: int
    order_id: int
    http_status: int | None
    attempts: int
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class OrderSettled(Event):
    """It is certain what became of an order."""

    level: ClassVar[Level] = "debug"
    run_no: int
    row: int
    order_id: int
    outcome: Outcome
    next_step: NextStep
    http_status: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The API asked to be left alone for so long (Retry-After); nothing is sent meanwhile."""

    level: ClassVar[Level] = "warning"
    seconds: float


@dataclass(frozen=True, slots=True)
class OutageBegun(Event):
    """The API counts as down; single orders ask now and then whether it is back.

    ``http_status`` is that of the last failure, empty where no answer came.
    """

    level: ClassVar[Level] = "warning"
    http_status: int | None


@dataclass(frozen=True, slots=True)
class OutageEnded(Event):
    """The API answers again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ResultsWritten(Event):
    """A results sheet was written."""

    run_no: int
    file: str


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """A run is over, for good or until it goes on; outcomes count rows and add up to ``rows``."""

    run_no: int
    exit_code: ExitCode
    rows: int
    orders: int
    updated: int
    unchanged: int
    invalid: int
    conflict: int
    rejected: int
    failed: int
    unknown: int
    superseded: int
    not_sent: int
    requests: int
    retries: int
    throttled: int


@dataclass(frozen=True, slots=True)
class TakenOver(Event):
    """A watcher goes on with what a dead one (of this name) had in ``working``; so many files."""

    level: ClassVar[Level] = "warning"
    watcher: str
    files: int


@dataclass(frozen=True, slots=True)
class SheetClaimed(Event):
    """A watcher took a sheet out of its folder; ``task``: ``check`` it, ``apply`` it, or send what
    was ``approved``.
    """

    sheet: str
    task: Literal["check", "apply", "approved"]


@dataclass(frozen=True, slots=True)
class PreviewMade(Event):
    """A sheet lies in ``to-approve`` with its check file, and would send so many orders."""

    sheet: str
    to_send: int


@dataclass(frozen=True, slots=True)
class SheetEnded(Event):
    """A watcher put a sheet away: into ``done``, or into ``needs-attention``, and then its level is
    warning. Without a run where none was made.
    """

    sheet: str
    place: Literal["done", "needs-attention"]
    run_id: str | None

    @property
    def weight(self) -> Level:
        """Somebody has to look at what needs attention."""
        return "info" if self.place == "done" else "warning"


@dataclass(frozen=True, slots=True)
class PauseBegun(Event):
    """A watcher starts no sheet that sends: the API is down or refused the keys (``exit_code``). So
    many seconds later it asks whether that is over.
    """

    level: ClassVar[Level] = "warning"
    exit_code: ExitCode
    seconds: float


@dataclass(frozen=True, slots=True)
class PauseEnded(Event):
    """The API answers and takes the keys again; the pause was so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class MetricsFailed(Event):
    """The file for Prometheus could not be written; the run is none the worse for it."""

    level: ClassVar[Level] = "warning"


@dataclass(frozen=True, slots=True)
class PingFailed(Event):
    """A ping was not taken; the run is none the worse for it."""

    level: ClassVar[Level] = "warning"
    ping: Literal["start", "success", "fail"]


@dataclass(frozen=True, slots=True)
class CommandEnded(Event):
    """The command is over; its last event, at whatever end. With exit code 2, 3, 4, 5 or 70 its
    level is error.
    """

    exit_code: ExitCode
    seconds: float

    @property
    def weight(self) -> Level:
        """What a person has to see to, or what broke off, is an error."""
        return "error" if self.exit_code in _GRAVE else "info"


EVENTS: Final[tuple[type[Event], ...]] = (
    Purged,
    SheetRefused,
    RunBegun,
    Planned,
    SendingBegun,
    OrderRetry,
    OrderSettled,
    Paused,
    OutageBegun,
    OutageEnded,
    ResultsWritten,
    RunEnded,
    TakenOver,
    SheetClaimed,
    PreviewMade,
    SheetEnded,
    PauseBegun,
    PauseEnded,
    MetricsFailed,
    PingFailed,
    CommandEnded,
)
"""Every event, in the order in which a run meets them."""


class Observer(Protocol):
    """Whoever is told what happens. It never raises and never waits."""

    @property
    def every_order(self) -> bool:
        """True where each settled order is worth an event."""
        ...

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        ...


class _Silent:
    """Takes note of nothing."""

    every_order = False

    def __call__(self, event: Event) -> None:
        """Do nothing."""


SILENT: Final[Observer] = _Silent()
