"""What a command tells machines, at its end or while it stays: log, metrics, pings."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pipeline import wiring
from pipeline.cli.ends import exit_code_of_error
from pipeline.cli.session import Session
from pipeline.cli.signals import deaf
from pipeline.core.errors import PipelineError
from pipeline.core.events import SILENT, CommandEnded, MetricsFailed, Observer, PingFailed
from pipeline.core.outcome import ExitCode
from pipeline.core.target import Target
from pipeline.job.summary import Summary
from pipeline.ledger import Ledger

if TYPE_CHECKING:
    from pipeline.observing.pings import Ping, Pings

__all__ = ["Watched", "observed", "standing"]

EVERY_SECONDS: Final = 60.0
"""So often a command that stays tells that it is well."""


@dataclass(slots=True)
class Watched:
    """What a command has come to, as far as it says so; ``rows`` by outcome."""

    exit_code: ExitCode = ExitCode.OK
    rows: Mapping[str, int] = field(default_factory=dict)
    observer: Observer = SILENT
    goes_on: Callable[[], None] = lambda: None
    """Called now and then while it is at work; for a command that stays, that is all it tells."""

    def ended(self, summary: Summary) -> None:
        """Take what the command sums up."""
        self.exit_code = summary.exit_code
        self.rows = summary.total("outcomes")


@contextmanager
def observed(session: Session, target: Target) -> Iterator[Watched]:
    """Tell machines of the command within: that it has begun, and how it ended.

    A started sandbox is play: neither metrics nor pings tell of it. A run that a person began at a
    terminal pings nobody, for it says nothing of whether the nightly one is alive.
    """
    with _Telling.of(session, target, pings=not session.interactive) as telling:
        watched = Watched(observer=telling.observer)
        if telling.pings is not None:
            telling.pings.begun()
        with telling.to_the_end(watched):
            yield watched


@contextmanager
def standing(session: Session, target: Target) -> Iterator[Watched]:
    """Tell machines of a command that stays until it is stopped.

    Once a minute its file for Prometheus is written, and a ping says that it is well: as long as
    its exit code would be 0. When it ends because of an error a ping says so; where a signal ends
    it, somebody wanted it to, and whoever waits for pings hears none.
    """
    with _Telling.of(session, target, pings=True) as telling:
        watched = Watched(observer=telling.observer)
        due = time.monotonic()

        def goes_on() -> None:
            nonlocal due
            if time.monotonic() < due:
                return
            due = time.monotonic() + EVERY_SECONDS
            telling.measure(watched, watched.exit_code)
            if telling.pings is not None and watched.exit_code is ExitCode.OK:
                telling.pings.alive()

        watched.goes_on = goes_on
        with telling.to_the_end(watched, no_ping=_SIGNALS):
            yield watched


_SIGNALS: Final = frozenset({ExitCode.SIGINT, ExitCode.SIGTERM})


class _Telling:
    """The ways to machines of one command, as they are configured."""

    def __init__(self, session: Session, observer: Observer, *, real: bool, pings: bool) -> None:
        self._session = session
        self._real = real
        self._begun = time.monotonic()
        self._cannot_write = ""
        self.observer = observer
        self.pings = self._pings() if real and pings else None

    @classmethod
    @contextmanager
    def of(cls, session: Session, target: Target, *, pings: bool) -> Iterator[_Telling]:
        """Open the log, and close it at the end."""
        with wiring.event_log(session.config) as observer:
            yield cls(session, observer, real=target.kind != "sandbox", pings=pings)

    @contextmanager
    def to_the_end(
        self, watched: Watched, no_ping: Collection[ExitCode] = frozenset()
    ) -> Iterator[None]:
        """Tell how the command within ended; by a ping as well, unless with one of ``no_ping``."""
        code = ExitCode.BUG
        try:
            yield
            code = watched.exit_code
        except BaseException as error:
            code = exit_code_of_error(error)
            raise
        finally:
            with deaf():  # what happened is being told, and that has its bound
                self.measure(watched, code)
                if self.pings is not None and code not in no_ping:
                    self.pings.ended(code, _counts(watched))
                self.observer(CommandEnded(code, self.seconds))

    @property
    def seconds(self) -> float:
        """How long the command has been at work."""
        return time.monotonic() - self._begun

    def _pings(self) -> Pings | None:
        options = wiring.ping_options(self._session.config)
        if options is None:
            return None
        from pipeline.observing.pings import Pings

        def failed(ping: Ping) -> None:
            self.observer(PingFailed(ping))
            self._session.screen.warn(
                f"The ping that says {ping!r} was not taken (notify.healthcheck_url); "
                "the run is none the worse for it."
            )

        return Pings(options, failed)

    def measure(self, watched: Watched, code: ExitCode) -> None:
        """Write the file for Prometheus; that it cannot be written hurts nobody but Prometheus.

        The same trouble is said once.
        """
        config, why = self._session.config, ""
        if config.metrics.textfile is None or not self._real:
            return
        try:
            with Ledger(wiring.state_folder(config)) as ledger:
                wiring.write_metrics(config, ledger, watched.rows, code, self.seconds)
        except (PipelineError, OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
        if why and why != self._cannot_write:
            self.observer(MetricsFailed())
            self._session.screen.warn(
                f"metrics.textfile: {config.metrics.textfile} was not written ({why}); "
                "the run is none the worse for it."
            )
        self._cannot_write = why


def _counts(watched: Watched) -> str:
    return "\n".join(f"{outcome} {count}" for outcome, count in watched.rows.items() if count)
