"""``watch``: look after a folder that sheets are dropped into."""

from __future__ import annotations

import re
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.observed import Watched, observed
from pipeline.cli.screen import Screen
from pipeline.cli.session import Session
from pipeline.cli.signals import handled
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode
from pipeline.core.target import Target
from pipeline.folder.places import Places
from pipeline.folder.synced import provider_of
from pipeline.ledger import Ledger
from pipeline.ledger.dropped import keep_name, kept_name
from pipeline.watching.holding import Holding
from pipeline.watching.presence import Presence, host_name
from pipeline.watching.totals import Totals
from pipeline.watching.watcher import Setup, Watcher
from pipeline.watching.worker import Workers

__all__ = ["Wanted", "run_watch"]

_PASSED_ON: Final = (
    "worksheet live test sandbox base_url missing accept_findings duplicates no_repair fail_on "
    "max_rate"
).split()
_PATHS: Final = ("config", "ids", "state_dir")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``watch`` alone was asked."""

    folder: Path
    once: bool = False
    auto: bool = False
    take_over: str | None = None
    debug: bool = False


def run_watch(asked: Asked, wanted: Wanted) -> int:
    """Look after the folder until a signal comes, or for one pass; gives the exit code."""
    session = Session(asked, attended=False)
    target = session.target()
    with observed(session, target, passing=wanted.once) as watched:
        code = _watch(session, wanted, target, watched)
        watched.exit_code = ExitCode(code)
    return code


def _watch(session: Session, wanted: Wanted, target: Target, watched: Watched) -> int:
    wiring.rate_for(session.loaded, target)
    session.keys(target)
    session.sheet_options()
    root = _root(wanted.folder)
    provider = provider_of(root)
    if wanted.auto and provider:
        raise ConfigError(
            f"{root} is kept in step by {provider}, where a sheet may come twice, in pieces, or "
            "back again, so --auto is refused there; leave it out, and somebody looks at each "
            "sheet before it is sent."
        )
    with Ledger(wiring.state_folder(session.config)) as ledger:
        before = kept_name(ledger)
        name = session.config.watch.name or before or _as_folder(host_name())
        places = Places(root, name)
        presence = Presence.begin(ledger, root, name, once=wanted.once, now=time.time())
        try:
            _make(places)
            if name != before:
                keep_name(ledger, name)
        except BaseException:
            presence.leave()
            raise
    try:
        return _Watch(session, wanted, target, places, presence, provider, watched).run(before)
    finally:
        presence.leave()


def _root(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; make it, or check its name.")
    return folder.resolve()


def _as_folder(host: str) -> str:
    return re.sub(r"[^\w.@-]", "-", host)[:60].strip(".-") or "watcher"


def _make(places: Places) -> None:
    try:
        places.make()
    except OSError as error:
        raise ConfigError(
            f"In {places.root} no folder can be made ({error.strerror}); give this user the right "
            "to write there."
        ) from error


@dataclass(slots=True)
class _Voice:
    """What somebody has to do goes to stdout, what is wrong to stderr; otherwise it is quiet."""

    screen: Screen

    def to_do(self, sentence: str) -> None:
        self.screen.sum_up(sentence)

    def trouble(self, sentence: str) -> None:
        self.screen.warn(sentence)


@dataclass(slots=True)
class _Signals:
    """Which signals came; a wait ends as soon as one does."""

    came: list[int] = field(default_factory=list)
    _ends: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a signal comes."""
        ready, _, _ = select.select([self._ends[0]], [], [], max(0.0, seconds))
        if ready:
            self._ends[0].recv(4096)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them while this lasts."""
        for end in self._ends:
            end.setblocking(False)
        before = signal.set_wakeup_fd(self._ends[1].fileno(), warn_on_full_buffer=False)
        try:
            with handled(self._hear):
                yield
        finally:
            signal.set_wakeup_fd(before)
            for end in self._ends:
                end.close()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.came.append(number)


class _Watch:
    """One ``watch`` at work, as people see it."""

    def __init__(
        self,
        session: Session,
        wanted: Wanted,
        target: Target,
        places: Places,
        presence: Presence,
        provider: str,
        watched: Watched,
    ) -> None:
        config = session.config.watch
        never = wanted.auto or config.confirm == "never"
        live = config.confirm == "always" or target.kind == "live"
        self._session = session
        self._wanted = wanted
        self._places = places
        self._watched = watched
        self._totals = Totals(target.kind, wiring.host_of(target), time.time())
        self._workers = Workers(debug=wanted.debug)
        state = wiring.state_folder(session.config)
        self._watcher = Watcher(
            Setup(
                asked=_passed_on(session.asked),
                target=f"{target.words}, {wiring.host_of(target)}",
                approves=live and not never,
                auto=wanted.auto,
                provider=provider,
                poll_seconds=config.poll_seconds,
                settle_seconds=config.settle_seconds,
                max_rows=config.max_rows,
                keep_days=config.keep_days,
                once=wanted.once,
            ),
            places,
            presence,
            lambda: Ledger(state),
            self._workers,
            _Voice(session.screen),
        )
        self._open_ledger = lambda: Ledger(state)

    def run(self, earlier_name: str | None) -> int:
        """Work until the pass is over or a signal comes."""
        self._take_over(earlier_name)
        signals = _Signals()
        with signals.heard():
            try:
                while not signals.came and (delay := self._watcher.step()) is not None:
                    self._count()
                    signals.wait(delay)
            finally:
                self._stop(signals)
            self._watcher.write_last()
        return self._end(signals.came)

    def _stop(self, signals: _Signals) -> None:
        """Whatever ended the work: nothing sends on without anyone looking."""
        self._workers.close()
        first = len(signals.came)
        if first:  # a service manager tells our processes as well: they hear that one first
            time.sleep(0.3)
        self._watcher.stop(lambda: len(signals.came) > max(first, 1), signals.wait)
        self._count()

    def _take_over(self, earlier_name: str | None) -> None:
        holding = Holding(self._places, self._open_ledger)
        if earlier_name is not None and earlier_name != self._places.name:
            old = self._places.all_working / earlier_name
            if old.is_dir():
                holding.adopt_from(old)
        name = self._wanted.take_over
        if name is None:
            return
        others = [one for one in self._places.names_in_working() if one != self._places.name]
        if name not in others:
            known = ", ".join(others) or "no other"
            raise ConfigError(f"There is no watcher {name} here to take over; there is {known}.")
        count = holding.adopt_from(self._places.all_working / name)
        self._session.screen.tell(f"Took over {count} file{'' if count == 1 else 's'} of {name}.")

    def _count(self) -> None:
        for dropped, fate, told in self._watcher.ended:
            self._totals.add(dropped, fate, told)
            if not self._wanted.once and told.summary and fate.place != "to-approve":
                seconds = float(told.summary.get("duration_seconds", 0.0))
                self._watched.measure(ExitCode(told.code), told.outcomes, seconds)
        self._watcher.ended.clear()
        self._watched.rows = self._totals.outcomes

    def _end(self, came: list[int]) -> int:
        code = self._watcher.code() if self._wanted.once else ExitCode.OK
        if came:
            code = ExitCode.SIGINT if came[0] == signal.SIGINT else ExitCode.SIGTERM
        long = self._watcher.waits_long() if self._wanted.once else []
        if long and not came:
            names = ", ".join(long[:5]) + (f" and {len(long) - 5} more" if len(long) > 5 else "")
            self._session.screen.warn(
                f"Waiting in to-approve for over 24 hours: {names}. Move each to approved, or "
                "take it away."
            )
        self._session.screen.give_json(
            self._totals.as_json(code=code, now=time.time(), error=None, waits_long=long)
        )
        return int(code)


def _passed_on(asked: Asked) -> dict[str, Any]:
    """Give the flags that shape each sheet's work, as plain values."""
    values = {name: getattr(asked, name) for name in _PASSED_ON}
    paths = {name: getattr(asked, name) for name in _PATHS}
    located = {name: str(path.absolute()) for name, path in paths.items() if path is not None}
    return {**values, **located, "maps": list(asked.maps)}
