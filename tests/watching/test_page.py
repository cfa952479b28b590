"""What the page of a folder tells of it, put together from the ledger and the files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.core.errors import StoppedEarly
from pipeline.folder.places import Places
from pipeline.ledger import Ledger, dropped
from pipeline.watching.fate import Fate
from pipeline.watching.held import Held
from pipeline.watching.holding import Holding
from pipeline.watching.looking import Looking
from pipeline.watching.page import Page, Telling, command_of
from pipeline.watching.presence import Presence
from pipeline.watching.saying import Saying
from pipeline.watching.told import Told
from tests.pages.reading import PageRead, read_page

FULL = "There is no room for the ledger: make room, then run the same command again."


@dataclass
class _Folder:
    """A folder with a page, and what a watcher does in it."""

    root: Path
    state: Path
    full: bool = False
    scheduled: bool = False
    now: float = 100.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = Places(self.root, "me")
        self.places.make()
        self.saying = Saying(self)
        self.holding = Holding(self.places, self.open_ledger)
        self.looking = Looking(self.places, self.open_ledger, 5.0, "apply")
        with Ledger(self.state) as ledger:
            self.presence = Presence.begin(
                ledger, self.root, "me", once=self.scheduled, now=time.time()
            )
        telling = Telling("LIVE, api.finerworks.com", True, self.scheduled, "the command")
        self.page = Page(self.looking, self.presence, self.open_ledger, self.saying, telling)

    def open_ledger(self) -> Ledger:
        if self.full:
            raise StoppedEarly(FULL)
        return Ledger(self.state)

    def to_do(self, sentence: str) -> None:
        raise AssertionError(sentence)

    def trouble(self, sentence: str) -> None:
        self.said.append(sentence)

    def drop(self, name: str, place: str = ".") -> Path:
        path = self.root / place / name
        path.write_text("order_id\n1\n")
        return path

    def claim(self, name: str) -> Held:
        held = self.holding.claim(self.drop(name), "apply")
        assert held is not None
        return held

    def end(self, name: str, place: str, note: str = "", **counts: int) -> None:
        told = Told(0, summary={"outcomes": counts, "runs": []})
        self.holding.put_away(self.claim(name), Fate(place, note), told)  # type: ignore[arg-type]

    def shown(self, *, last: bool = False) -> PageRead:
        self.now += 60
        self.looking.look(self.now)
        self.page.write(self.holding.held, 0, self.now, last=last)
        return read_page((self.root / "_STATUS.html").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    """A folder and a ledger that nobody has used."""
    (tmp_path / "in").mkdir()
    made = _Folder(tmp_path / "in", tmp_path / "state")
    yield made
    made.presence.leave()


def _section(page: PageRead, name: str) -> str:
    found = [s for s in page.all("section") if s.attributes["aria-labelledby"] == name]
    return " ".join(found[0].text.split()) if found else ""


def test_what_was_in_work_when_the_watcher_stopped_is_told(folder: _Folder) -> None:
    """Nobody holds it any more, and it is not lost: it goes on when a watcher is started."""
    held = folder.claim("a.csv")
    assert "a.csv is being sent" in _section(folder.shown(), "work")
    folder.holding.let_go(held, forget=False)
    folder.drop("b.csv")
    page = folder.shown(last=True)
    assert "a.csv was being sent when the watcher stopped; it goes on when" in _section(
        page, "work"
    )
    assert "is being sent" not in page.words
    assert "b.csv waits until the watcher is started again" in _section(page, "wait")
    assert [one.text for one in page.all("pre")] == ["the command"]


def test_a_full_disk_is_told_once_and_what_was_known_stays(folder: _Folder) -> None:
    """The page is written also where the ledger cannot be read: whoever looks must know why."""
    folder.end("done.csv", "done", updated=3)
    held = folder.claim("a.csv")
    folder.drop("b.csv")
    folder.shown()
    folder.full = True
    folder.saying.trouble("folder", FULL)
    folder.saying.trouble(held.key, FULL, what="cannot be put into done: ", name="a.csv")
    folder.saying.trouble("inbox/b.csv", FULL, what="cannot be taken: ", name="b.csv")
    held.why = FULL
    page = folder.shown()
    assert page.words.count("There is no room") == 1
    assert "make room; then it goes on by itself. since " in _section(page, "trouble")
    for name, section in (("a.csv", "work"), ("b.csv", "wait")):
        assert f"{name} waits until what is said above is over" in _section(page, section)
    assert "done.csv done 3 updated" in _section(page, "last")
    folder.full = False
    for key in ("folder", held.key, "inbox/b.csv"):
        folder.saying.is_well(key)
    held.why = ""
    assert "Something is wrong" not in folder.shown().words
    assert folder.saying.said == {}


def test_an_outage_is_told_once(folder: _Folder) -> None:
    """The sheet that met it waits for its end, and does not say it again."""
    held = folder.claim("a.csv")
    held.why = "FinerWorks does not answer."
    folder.saying.trouble("pause", held.why, more=" It goes on by itself.")
    page = folder.shown()
    assert page.words.count("does not answer") == 1
    assert "a.csv waits until what is said above is over" in _section(page, "work")


def test_a_sheet_that_needs_attention_has_its_reason_beside_it(folder: _Folder) -> None:
    """As long as it lies there, by the name that it has there; one that nobody knows is named."""
    folder.end("a.csv", "needs-attention", "The first.", invalid=1)
    folder.end("a.csv", "needs-attention", "The second.", invalid=1)
    folder.drop("other.csv", "needs-attention")
    folder.drop("a.results.xlsx", "needs-attention")
    page = folder.shown()
    told = _section(page, "attention")
    assert "a.csv The first. since" in told
    assert "a (2).csv The second. since" in told
    assert "other.csv Open the results" in told
    assert [page.words.count(f"The {which}.") for which in ("first", "second")] == [1, 1]
    assert "results.xlsx" not in told
    (folder.root / "needs-attention/a.csv").unlink()
    assert "The first." not in folder.shown().words


def test_a_sheet_that_waits_for_a_yes_names_its_check_file(folder: _Folder) -> None:
    """Or says that it is gone: then there is nothing to look at."""
    folder.end("a.csv", "to-approve")
    folder.drop("b.csv", "to-approve")
    assert "a.csv its check file is gone: drop the sheet into the folder again since" in _section(
        folder.shown(), "yes"
    )
    folder.drop("a.check.xlsx", "to-approve")
    told = _section(folder.shown(), "yes")
    assert "a.csv look at a.check.xlsx since" in told
    assert "b.csv its turn comes" in told


def test_a_check_file_whose_name_had_to_be_cut_is_not_said_to_be_gone(folder: _Folder) -> None:
    """It cannot be told by its name that it is this sheet's."""
    folder.end(f"{'a' * 247}.csv", "to-approve")
    assert "aaa.csv look at its check file since" in _section(folder.shown(), "yes")


def test_the_sheets_of_other_watchers_of_the_ledger_are_told_too(folder: _Folder) -> None:
    """Whichever of them wrote the page last."""
    other = Holding(folder.places, folder.open_ledger)
    other.claim(folder.drop("theirs.csv"), "check")
    folder.claim("ours.csv")
    told = _section(folder.shown(), "work")
    assert "ours.csv is being sent" in told
    assert "theirs.csv is being checked" in told
    with folder.open_ledger() as ledger:
        assert len(dropped.open_ones(ledger, folder.root)) == 2


def test_a_pass_that_ended_leaves_its_work_to_the_next(tmp_path: Path) -> None:
    """No watcher is missed, and none is to be started."""
    (tmp_path / "in").mkdir()
    folder = _Folder(tmp_path / "in", tmp_path / "state", scheduled=True)
    folder.holding.let_go(folder.claim("a.csv"), forget=False)
    page = folder.shown(last=True)
    assert "a.csv was being sent when the pass ended; the next one goes on with it" in _section(
        page, "work"
    )
    assert "The watcher is off" not in page.words
    folder.presence.leave()


@pytest.mark.parametrize(
    ("asked", "auto", "command"),
    [
        ({"live": True, "test": False}, False, "'/a b' --live"),
        ({"sandbox": True}, True, "'/a b' --sandbox --auto"),
        ({"base_url": "http://127.0.0.1:8"}, False, "'/a b' --base-url http://127.0.0.1:8"),
        ({}, False, "'/a b'"),
    ],
)
def test_the_command_that_starts_it_again(
    asked: dict[str, object], auto: bool, command: str
) -> None:
    """With the folder and the target that it was given."""
    assert command_of(Path("/a b"), asked, auto=auto) == f"address-pipeline watch {command}"
