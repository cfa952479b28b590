"""A watcher with a clock that is handed in and processes that only tell what they are told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.events import SILENT, Observer
from pipeline.core.outcome import Outcome
from pipeline.folder.places import Places
from pipeline.ledger import Ledger
from pipeline.watching.presence import Presence
from pipeline.watching.setup import Setup
from pipeline.watching.told import Told, Work
from pipeline.watching.watcher import Watcher


def ended(code: int, **outcomes: int) -> Told:
    """Give what a process tells that came as far as the sheet."""
    summary = {"outcomes": {**dict.fromkeys(map(str, Outcome), 0), **outcomes}, "runs": []}
    return Told(code, "Said.", began=True, rows=1, summary=summary)


WELL = ended(0, updated=1)


@dataclass
class Fake:
    """A process that has ended already, or does when it is let go."""

    told: Told | None
    let_gone: bool = False

    def poll(self) -> Told | None:
        return self.told

    def let_go(self) -> None:
        self.let_gone = True
        self.told = Told(143, began=True)

    def kill(self) -> None:
        self.told = Told(-9)


@dataclass
class Bench:
    """A watcher at a folder; ``answer`` gives what a process tells, by its work."""

    root: Path
    state: Path
    once: bool = False
    now: float = 1_000.0
    began: list[Work] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answer: Callable[[Work], Told | None] = lambda _: WELL
    made: list[Watcher] = field(default_factory=list)
    fakes: list[Fake] = field(default_factory=list)
    ready: bool = False

    def watcher(self, *, observer: Observer = SILENT, **changes: object) -> Watcher:
        places = Places(self.root, "me")
        places.make()
        with Ledger(self.state) as ledger:
            here = Presence.begin(
                ledger, self.root, "me", once=self.once, now=float(len(self.made))
            )
        values: dict[str, object] = {
            "asked": {},
            "target": "SANDBOX",
            "approves": False,
            "auto": True,
            "provider": "",
            "poll_seconds": 1.0,
            "settle_seconds": 5.0,
            "max_rows": 100,
            "keep_days": 0,
            "once": self.once,
        }
        setup = Setup(**{**values, **changes})  # type: ignore[arg-type]
        made = Watcher(
            setup, places, here, lambda: Ledger(self.state), self, self, lambda: self.now, observer
        )
        self.made.append(made)
        return made

    def prepare(self, *, wanted: bool, now: float) -> None:
        self.ready = wanted

    def start(self, work: Work) -> Fake:
        self.began.append(work)
        self.fakes.append(Fake(self.answer(work)))
        return self.fakes[-1]

    def to_do(self, sentence: str) -> None:
        self.said.append(sentence)

    def trouble(self, sentence: str) -> None:
        self.said.append(sentence)

    def turn(self, seconds: float, one: Watcher | None = None, step: float = 1.0) -> None:
        """Let so much time pass, a round every ``step`` seconds."""
        end = self.now + seconds
        while self.now <= end:
            (one or self.made[-1]).step()
            self.now += step

    def drop(self, name: str, text: str = "order_id\n1\n") -> None:
        (self.root / name).write_text(text)

    def where(self, name: str) -> list[str]:
        return [str(found.parent.relative_to(self.root)) for found in self.root.rglob(name)]

    def close(self) -> None:
        for one in self.made:
            one.stop(lambda: True, lambda _: None)
            one.presence.leave()
