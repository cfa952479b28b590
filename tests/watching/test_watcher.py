"""The loop with a clock that is handed in and processes that only tell what they are told to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pipeline.core.errors import Busy
from pipeline.core.events import SILENT, Event, Observer, SheetClaimed, SheetEnded
from pipeline.core.outcome import ExitCode, Outcome
from pipeline.folder.names import STATUS_NAME
from pipeline.folder.places import Places, move_whole
from pipeline.ledger import Ledger
from pipeline.ledger.approvals import shown
from pipeline.sheets.placing import sha256_of
from pipeline.watching import holding, looking, presence, watcher
from pipeline.watching.fate import MOST_CHANGES, MOST_STARTS
from pipeline.watching.presence import Presence
from pipeline.watching.setup import Setup
from pipeline.watching.told import Told, Work
from pipeline.watching.watcher import Watcher


def _ended(code: int, **outcomes: int) -> Told:
    summary = {"outcomes": {**dict.fromkeys(map(str, Outcome), 0), **outcomes}, "runs": []}
    return Told(code, "Said.", began=True, rows=1, summary=summary)


WELL = _ended(0, updated=1)


@dataclass
class _Fake:
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
class _Bench:
    """A watcher at a folder; ``answers`` is what each process tells, by its work."""

    root: Path
    state: Path
    once: bool = False
    now: float = 1_000.0
    began: list[Work] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answer: Callable[[Work], Told | None] = lambda _: WELL
    made: list[Watcher] = field(default_factory=list)
    fakes: list[_Fake] = field(default_factory=list)
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

    def start(self, work: Work) -> _Fake:
        self.began.append(work)
        self.fakes.append(_Fake(self.answer(work)))
        return self.fakes[-1]

    def to_do(self, sentence: str) -> None:
        self.said.append(sentence)

    def trouble(self, sentence: str) -> None:
        self.said.append(sentence)

    def turn(self, seconds: float, one: Watcher | None = None, step: float = 1.0) -> None:
        """Let so much time pass, a round every second."""
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


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[_Bench]:
    """A folder and a ledger that nobody has used."""
    (tmp_path / "in").mkdir()
    made = _Bench(tmp_path / "in", tmp_path / "state")
    yield made
    made.close()


def test_a_sheet_is_begun_as_soon_as_it_has_settled(bench: _Bench) -> None:
    """Not before, and not a poll later: the next round is asked for at that very moment."""
    made = bench.watcher(poll_seconds=4.0)
    bench.drop("a.csv")
    assert made.step() == 4.0
    assert bench.ready
    bench.now += 4.0
    assert made.step() == pytest.approx(1.0)
    assert bench.began == []
    bench.now += 1.0
    made.step()
    assert [work.task for work in bench.began] == ["apply"]
    made.step()
    assert bench.where("a.csv") == ["done"]
    assert not bench.ready


@pytest.mark.parametrize("owner", ["~$a.csv", ".~lock.a.csv#"])
def test_a_sheet_that_is_open_is_not_taken_before_it_is_closed(bench: _Bench, owner: str) -> None:
    """Somebody may yet save it; the page says what to do, and other sheets do not wait."""
    bench.watcher()
    bench.drop("a.csv")
    bench.drop("b.csv")
    bench.drop(owner, "Ada")
    bench.turn(20)
    assert (bench.where("a.csv"), bench.where("b.csv")) == (["."], ["done"])
    assert "open in Excel: close it there" in (bench.root / STATUS_NAME).read_text()
    (bench.root / owner).unlink()
    bench.turn(1)
    assert bench.where("a.csv") == ["done"]


def test_what_a_crash_of_excel_left_holds_up_no_sheet_for_ever(bench: _Bench) -> None:
    """The file that says who has it open is deleted by nobody then."""
    bench.watcher()
    bench.drop("a.csv")
    bench.drop("~$a.csv", "Ada")
    long_ago = time.time() - looking.OPEN_SECONDS - 60
    os.utime(bench.root / "~$a.csv", (long_ago, long_ago))
    bench.turn(7)
    assert bench.where("a.csv") == ["done"]


def test_a_text_without_the_end_of_its_last_line_waits_a_minute(bench: _Bench) -> None:
    """A copy over a slow network pauses; where nothing more comes, it was saved so."""
    bench.watcher()
    bench.drop("a.csv", "order_id,city\n1,Bos")
    bench.turn(40)
    assert bench.where("a.csv") == ["."]
    bench.drop("a.csv", "order_id,city\n1,Boston\n2,Salem")
    bench.turn(40)
    assert bench.where("a.csv") == ["."]
    bench.turn(25)
    assert bench.where("a.csv") == ["done"]


def test_a_pass_waits_for_what_may_have_been_cut(bench: _Bench) -> None:
    """What was saved without an end of its last line would else be left by every pass."""
    bench.once = True
    made = bench.watcher()
    bench.drop("a.csv", "order_id\n1")
    begun = bench.now
    while made.step() is not None:
        bench.now += 1.0
        assert bench.now < begun + 90
    assert bench.where("a.csv") == ["done"]


def test_a_poison_sheet_is_tried_twice(bench: _Bench) -> None:
    """Then it is put aside with a sentence, and the sheet behind it has its turn."""
    bench.answer = lambda work: Told(-11) if "a-poison" in work.sheet else WELL
    bench.watcher()
    bench.drop("a-poison.csv")
    bench.drop("b.csv")
    bench.turn(20)
    assert [Path(work.sheet).name for work in bench.began] == [
        "a-poison.csv",
        "a-poison.csv",
        "b.csv",
    ]
    assert bench.where("a-poison.csv") == ["needs-attention"]
    assert bench.where("b.csv") == ["done"]
    sentence = (bench.root / "needs-attention/a-poison.error.txt").read_text()
    assert "broke the program 2 times (signal 11: it crashed)" in sentence


def test_a_sheet_that_takes_the_machine_down_is_given_up_too(bench: _Bench) -> None:
    """Nobody hears how that ends, so it is counted before it begins; by a new watcher as well."""
    bench.answer = lambda _: None
    bench.drop("a.csv")
    for _ in range(8):
        made = bench.watcher()
        bench.turn(7, made)
        for held in list(made._holding.held):  # the kernel frees the locks of the dead
            made._holding.let_go(held, forget=False)
        made.presence.leave()
    assert len(bench.began) == 6
    assert bench.where("a.csv") == ["needs-attention"]


def test_a_namesake_waits_its_turn_and_is_not_read_all_the_time(
    bench: _Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is sent, another of its name is to be checked: it is looked at now and then."""
    read: list[Path] = []

    def reading(path: Path) -> str:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr(looking, "sha256_of", reading)
    bench.once = True
    bench.answer = lambda _: None
    made = bench.watcher(approves=True)
    (bench.root / "approved/a.csv").write_text("order_id\n1\n")
    bench.drop("a.csv", "order_id\n2\n")
    bench.turn(60, made, step=0.1)
    assert [work.task for work in bench.began] == ["approved"]
    assert len(read) < 40
    bench.fakes[0].told = WELL
    assert all(made.step() is not None for _ in range(2))
    assert [work.task for work in bench.began] == ["approved", "check"]


def test_a_huge_file_does_not_hold_up_the_watcher(
    bench: _Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading it through would take minutes in which no signal is heard; its process says it."""

    def never(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr(looking, "sha256_of", never)
    made = bench.watcher()
    with (bench.root / "a.csv").open("wb") as file:
        file.seek(1 << 32)
        file.write(b"1\n")
    bench.turn(20, made)
    assert [Path(work.sheet).name for work in bench.began] == ["a.csv"]


def test_a_machine_that_starts_no_process_is_no_sheets_fault(bench: _Bench) -> None:
    """Out of memory, say: said once, nobody is sent to a sheet, and it goes on by itself."""

    def refused(_: Work) -> Told | None:
        raise OSError(11, "Resource temporarily unavailable")

    bench.answer = refused
    made = bench.watcher()
    bench.drop("a.csv")
    bench.turn(600, made, step=20.0)
    assert len(bench.began) > MOST_STARTS
    assert bench.where("a.csv") == ["working/me"]
    assert set(bench.said) == {"Resource temporarily unavailable."}
    bench.answer = lambda _: WELL
    bench.turn(70, made)
    assert bench.where("a.csv") == ["done"]


def test_an_outage_is_asked_about_and_not_tried_out_on_sheets(bench: _Bench) -> None:
    """One sheet stopped; the others wait, and one harmless question after the other is asked."""
    down = True

    def answer(work: Work) -> Told:
        if work.task == "probe":
            return Told(5 if down else 0)
        return _ended(5, updated=1, not_sent=1) if down else WELL

    bench.answer = answer
    bench.watcher()
    for name in ("a.csv", "b.csv", "c.csv"):
        bench.drop(name)
    bench.turn(3_600, step=15.0)
    tasks = [work.task for work in bench.began]
    assert tasks.count("apply") == 1
    assert 5 < tasks.count("probe") < 15
    assert bench.said == ["Said. It goes on by itself once that works again."]
    down = False
    bench.turn(700, step=10.0)
    assert [bench.where(f"{name}.csv") for name in "abc"] == [["done"]] * 3


def test_a_stopped_run_is_continued_three_times(bench: _Bench) -> None:
    """The API answers, and still the run stops each time: then somebody has to look."""
    bench.answer = lambda work: Told(0) if work.task == "probe" else _ended(5, unknown=1)
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(1_500, step=5.0)
    assert [work.task for work in bench.began if work.task != "probe"] == ["apply"] * 4
    assert bench.where("a.csv") == ["needs-attention"]
    assert "begun 4 times" in (bench.root / "needs-attention/a.error.txt").read_text()


def test_what_is_not_the_sheets_fault_is_not_counted(bench: _Bench) -> None:
    """Keys that are missing, a configuration that is broken: it waits, however long."""
    wrong: list[Told] = [Told(4, "No keys."), Told(2, "Broken.")]
    bench.answer = lambda work: Told(0) if work.task == "probe" else wrong[len(bench.began) % 2]
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(2_000, step=20.0)
    assert bench.where("a.csv") == ["working/me"]
    bench.answer = lambda _: WELL
    bench.turn(1_300, step=20.0)
    assert bench.where("a.csv") == ["done"]


def test_a_sheet_that_was_written_to_meanwhile_is_read_again(bench: _Bench) -> None:
    """Whoever had it open wrote on after it was taken; what came late is not lost."""
    made = bench.watcher()

    def answer(work: Work) -> Told:
        if len(bench.began) == 1:
            Path(work.sheet).write_text("order_id\n1\n2\n")
        return WELL

    bench.answer = answer
    bench.drop("a.csv")
    bench.turn(30, made)
    assert len(bench.began) == 2
    assert bench.where("a.csv") == ["done"]


def test_a_sheet_that_is_written_to_all_the_time_ends_with_a_person(bench: _Bench) -> None:
    """Nobody knows which of its versions was meant, and the sheet behind it has its turn."""

    def answer(work: Work) -> Told:
        if "a.csv" in work.sheet:
            Path(work.sheet).write_text(f"order_id\n{len(bench.began)}\n")
        return WELL

    bench.answer = answer
    bench.watcher()
    bench.drop("a.csv")
    bench.drop("b.csv")
    bench.turn(90)
    assert bench.where("a.csv") == ["needs-attention"]
    assert bench.where("b.csv") == ["done"]
    assert len(bench.began) == MOST_CHANGES + 1
    assert "drop it again" in (bench.root / "needs-attention/a.error.txt").read_text()


def test_a_sheet_that_was_only_touched_is_not_read_again(bench: _Bench) -> None:
    """A virus scanner, or a drive that counts its files anew: what was read is what is there."""

    def answer(work: Work) -> Told:
        os.utime(work.sheet, (len(bench.began),) * 2)
        return replace(WELL, source_sha256=sha256_of(Path(work.sheet)))

    bench.answer = answer
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(20)
    assert len(bench.began) == 1
    assert bench.where("a.csv") == ["done"]


def test_a_sheet_that_was_taken_away_meanwhile_is_forgotten(bench: _Bench) -> None:
    """It is said, and nothing is left of it."""
    made = bench.watcher()
    bench.answer = lambda work: Path(work.sheet).unlink() or WELL  # type: ignore[func-returns-value]
    bench.drop("a.csv")
    bench.turn(8, made)
    assert bench.said == ["a.csv: somebody took it away while it was worked on."]
    assert bench.where("a.*") == []


def test_a_plan_that_changes_all_the_time_ends_with_a_person(bench: _Bench) -> None:
    """Nothing to send by its check, and another plan each time it goes on: once is enough."""
    checked = Told(0, began=True, beside=("a.check.xlsx",), summary=WELL.summary)
    changed = Told(2, "Changed.", began=True, preview=True)
    bench.answer = lambda work: checked if work.task == "check" else changed
    bench.watcher(approves=True)
    bench.drop("a.csv")
    with Ledger(bench.state) as ledger:
        shown(ledger, sha256_of(bench.root / "a.csv"), 1, b"", 1e12)
    bench.turn(20)
    assert [work.task for work in bench.began] == ["check", "approved", "check"]
    assert bench.where("a.csv") == ["to-approve"]


def test_what_another_process_has_is_tried_later(bench: _Bench) -> None:
    """The process of a watcher that was killed may still be settling."""
    bench.answer = lambda _: _ended(6) if len(bench.began) < 4 else WELL
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(20)
    assert len(bench.began) == 4
    assert bench.where("a.csv") == ["done"]


def test_a_folder_that_goes_and_comes_back_is_waited_for(bench: _Bench) -> None:
    """It is said once, nothing is lost, and a half done sheet is finished afterwards."""
    bench.answer = lambda _: None
    made = bench.watcher()
    bench.drop("a.csv")
    bench.turn(7, made)
    away = bench.root.with_name("away")
    bench.root.rename(away)
    bench.fakes[0].told = WELL
    bench.turn(300, made)
    away.rename(bench.root)
    bench.turn(70, made)
    assert bench.said == [
        f"{bench.root} is not there; it is waited for.",
        f"{bench.root} is there again.",
    ]
    assert bench.where("a.csv") == ["done"]


def test_a_place_that_cannot_be_written_is_tried_again(bench: _Bench) -> None:
    """No rights, a full disk: the sheet stays whole where it is until there is room."""
    made = bench.watcher()
    done = bench.root / "done"
    done.rmdir()
    done.write_text("in the way")
    bench.drop("a.csv")
    bench.turn(20, made)
    assert bench.where("a.csv") == [] or bench.where("a.csv") == ["."]
    done.unlink()
    bench.turn(90, made)
    assert bench.where("a.csv") == ["done"]


def test_one_sheet_at_a_time_so_that_others_share(bench: _Bench) -> None:
    """Two watchers of one machine take the sheets by turns, each sheet once, oldest first."""
    bench.answer = lambda _: None
    first, second = bench.watcher(), bench.watcher()
    for name in ("a.csv", "b.csv", "c.csv"):
        bench.drop(name)
    for _ in range(7):
        first.step()
        second.step()
        bench.now += 1
    assert [Path(work.sheet).name for work in bench.began] == ["a.csv", "b.csv"]
    for fake in bench.fakes:
        fake.told = WELL
    for _ in range(3):
        first.step()
        second.step()
    assert sorted(Path(work.sheet).name for work in bench.began) == ["a.csv", "b.csv", "c.csv"]


def test_a_second_watcher_takes_over_at_once(bench: _Bench) -> None:
    """What the first leaves in working is the second's within seconds."""
    bench.answer = lambda _: None
    first = bench.watcher()
    bench.drop("a.csv")
    bench.turn(7, first)
    second = bench.watcher()
    bench.turn(6, second)
    assert len(bench.began) == 1
    first.stop(lambda: False, lambda _: None)
    assert bench.fakes[0].let_gone
    bench.answer = lambda _: WELL
    bench.turn(7, second)
    assert bench.where("a.csv") == ["done"]


def test_a_pass_ends_when_nothing_is_left(bench: _Bench) -> None:
    """What grows all the time is left to the next pass."""
    bench.once = True
    made = bench.watcher()
    bench.drop("a.csv")
    rounds = 0
    while made.step() is not None:
        bench.drop("growing.csv", "x" * rounds)
        bench.now += 1.0
        rounds += 1
        assert rounds < 60
    assert bench.where("a.csv") == ["done"]
    assert bench.where("growing.csv") == ["."]
    assert made.code() == ExitCode.OK


def test_two_passes_at_a_time_are_one_too_many(bench: _Bench) -> None:
    """The second ends; beside a permanent watcher a pass is fine."""
    bench.watcher()
    bench.once = True
    bench.watcher()
    with pytest.raises(Busy, match="Another pass"):
        bench.watcher()


def test_another_machine_that_comes_later_does_not_push_out(
    bench: _Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that see each other the one that began first stays."""
    made = bench.watcher()
    bench.turn(2, made)
    bench.state = bench.state.with_name("another")
    with pytest.raises(Busy, match="looks after"):
        bench.watcher()
    monkeypatch.setattr(presence, "ALIVE_SECONDS", 0.0)
    other = bench.watcher()
    bench.turn(2, other)
    monkeypatch.undo()
    made.presence.who = type(made.presence.who)("z", "h", "n", 9.0, 9.0)
    bench.now += watcher.STATUS_SECONDS
    with pytest.raises(Busy):
        made.step()


def test_a_sheet_that_came_in_the_last_moment_settles_in_working(
    bench: _Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not sent in pieces, whoever else had taken the sheet that had its name before."""
    move = move_whole

    def replaced(source: Path, target: Path) -> None:
        if source.name == "a.csv" and source.parent == bench.root:
            source.write_text("order_id\n1")
        move(source, target)

    monkeypatch.setattr(holding, "move_whole", replaced)
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(6)
    assert (bench.began, bench.where("a.csv")) == ([], ["working/me"])
    (bench.root / "working/me/a.csv").write_text("order_id\n1\n2\n")
    bench.turn(6)
    assert bench.began == []
    bench.turn(6)
    assert bench.where("a.csv") == ["done"]


def test_what_is_copied_straight_into_working_settles_there(bench: _Bench) -> None:
    """It is not the place for it, and nothing is sent in pieces all the same, nor thrown away."""
    bench.watcher()
    bench.turn(1)
    sheet = bench.root / "working/me/a.csv"
    sheet.touch()
    (bench.root / "working/me/~$a.csv").write_text("Ada")
    bench.turn(10)
    for part in ("order_id\n", "1\n", "2\n"):
        with sheet.open("a") as copied:
            copied.write(part)
        bench.turn(4)
        assert bench.began == []
    bench.turn(12)
    assert bench.where("a.csv") == ["done"]
    assert bench.where("~$a.csv") == ["working/me"]


def test_what_happens_is_told_to_machines(bench: _Bench) -> None:
    """Claims, previews, ends and pauses, by the names of files and no more."""
    told: list[Event] = []

    class Noting:
        every_order = False

        def __call__(self, event: Event) -> None:
            told.append(event)

    one = bench.watcher(observer=Noting())
    bench.drop("a.csv")
    bench.turn(7)
    bench.answer = lambda work: _ended(0) if work.task == "probe" else _ended(5)
    bench.drop("b.csv")
    bench.turn(7)
    assert one.trouble() is ExitCode.STOPPED
    bench.turn(20)
    names = [event.name() for event in told]
    assert names[:4] == ["sheet_claimed", "sheet_ended", "sheet_claimed", "pause_begun"]
    assert names.count("pause_ended") >= 1
    assert told[0] == SheetClaimed("a.csv", "apply")
    assert told[1] == SheetEnded("a.csv", "done", None)
