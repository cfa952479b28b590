"""What a command tells machines at its end, however that comes: log, metrics, pings."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline import wiring
from pipeline.cli.ends import exit_code_of_error
from pipeline.cli.session import Session
from pipeline.cli.signals import deaf
from pipeline.core.errors import PipelineError
from pipeline.core.events import CommandEnded, MetricsFailed, Observer, PingFailed
from pipeline.core.outcome import ExitCode
from pipeline.core.target import Target
from pipeline.job.summary import Summary
from pipeline.ledger import Ledger

if TYPE_CHECKING:
    from pipeline.observing.pings import Ping, Pings

__all__ = ["Watched", "observed"]


@dataclass(slots=True)
class Watched:
    """What a command has come to, as far as it says so; ``rows`` by outcome."""

    exit_code: ExitCode = ExitCode.OK
    rows: Mapping[str, int] = field(default_factory=dict)
    measure: Callable[[ExitCode, Mapping[str, int], float], None] = lambda *_: None
    """Write the metrics before the end: with an exit code, rows by outcome, and seconds."""

    def ended(self, summary: Summary) -> None:
        """Take what the command sums up."""
        self.exit_code = summary.exit_code
        self.rows = summary.total("outcomes")


@contextmanager
def observed(session: Session, target: Target, *, passing: bool = True) -> Iterator[Watched]:
    """Tell machines of the command within: that it has begun, and how it ended.

    What is not ``passing``, but stays until it is stopped, pings nobody, for its end is no news of
    any work; and its metrics are written when it says so.

    A started sandbox is play: neither metrics nor pings tell of it. A run that a person began at a
    terminal pings nobody, for it says nothing of whether the nightly one is alive.
    """
    real = target.kind != "sandbox"
    watched = Watched()
    pinging = real and passing and not session.interactive
    begun = time.monotonic()
    with wiring.event_log(session.config) as observer:
        if real:
            watched.measure = partial(_measure, session, observer)
        pings = _pings(session, observer) if pinging else None
        if pings is not None:
            pings.begun()
        code = ExitCode.BUG
        try:
            yield watched
            code = watched.exit_code
        except BaseException as error:
            code = exit_code_of_error(error)
            raise
        finally:
            with deaf():  # what happened is being told, and that has its bound
                seconds = time.monotonic() - begun
                if passing:
                    watched.measure(code, watched.rows, seconds)
                if pings is not None:
                    pings.ended(code, _counts(watched))
                observer(CommandEnded(code, seconds))


def _pings(session: Session, observer: Observer) -> Pings | None:
    options = wiring.ping_options(session.config)
    if options is None:
        return None
    from pipeline.observing.pings import Pings

    def failed(ping: Ping) -> None:
        observer(PingFailed(ping))
        session.screen.warn(
            f"The ping that says {ping!r} was not taken (notify.healthcheck_url); "
            "the run is none the worse for it."
        )

    return Pings(options, failed)


def _measure(
    session: Session,
    observer: Observer,
    code: ExitCode,
    rows: Mapping[str, int],
    seconds: float,
) -> None:
    """Write the file for Prometheus; that it cannot be written hurts nobody but Prometheus."""
    if session.config.metrics.textfile is None:
        return
    try:
        with Ledger(wiring.state_folder(session.config)) as ledger:
            wiring.write_metrics(session.config, ledger, rows, code, seconds)
    except (PipelineError, OSError, sqlite3.Error) as error:
        observer(MetricsFailed())
        why = getattr(error, "strerror", None) or type(error).__name__
        session.screen.warn(
            f"metrics.textfile: {session.config.metrics.textfile} was not written ({why}); "
            "the run is none the worse for it."
        )


def _counts(watched: Watched) -> str:
    return "\n".join(f"{outcome} {count}" for outcome, count in watched.rows.items() if count)
