"""The loop: what becomes of sheets, of troubles, of a pass and of other watchers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import Busy
from pipeline.core.events import Event, SheetClaimed, SheetEnded
from pipeline.core.outcome import ExitCode
from pipeline.ledger import Ledger
from pipeline.ledger.approvals import shown
from pipeline.sheets.placing import sha256_of
from pipeline.watching import presence, watcher
from pipeline.watching.fate import MOST_STARTS
from pipeline.watching.told import Told, Work
from tests.watching.bench import WELL, Bench, ended


def test_a_poison_sheet_is_tried_twice(bench: Bench) -> None:
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


def test_a_sheet_that_takes_the_machine_down_is_given_up_too(bench: Bench) -> None:
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


def test_a_machine_that_starts_no_process_is_no_sheets_fault(bench: Bench) -> None:
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


def test_an_outage_is_asked_about_and_not_tried_out_on_sheets(bench: Bench) -> None:
    """One sheet stopped; the others wait, and one harmless question after the other is asked."""
    down = True

    def answer(work: Work) -> Told:
        if work.task == "probe":
            return Told(5 if down else 0)
        return ended(5, updated=1, not_sent=1) if down else WELL

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


def test_a_stopped_run_is_continued_three_times(bench: Bench) -> None:
    """The API answers, and still the run stops each time: then somebody has to look."""
    bench.answer = lambda work: Told(0) if work.task == "probe" else ended(5, unknown=1)
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(1_500, step=5.0)
    assert [work.task for work in bench.began if work.task != "probe"] == ["apply"] * 4
    assert bench.where("a.csv") == ["needs-attention"]
    assert "begun 4 times" in (bench.root / "needs-attention/a.error.txt").read_text()


def test_what_is_not_the_sheets_fault_is_not_counted(bench: Bench) -> None:
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


def test_a_plan_that_changes_all_the_time_ends_with_a_person(bench: Bench) -> None:
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


def test_what_another_process_has_is_tried_later(bench: Bench) -> None:
    """The process of a watcher that was killed may still be settling."""
    bench.answer = lambda _: ended(6) if len(bench.began) < 4 else WELL
    bench.watcher()
    bench.drop("a.csv")
    bench.turn(20)
    assert len(bench.began) == 4
    assert bench.where("a.csv") == ["done"]


def test_a_folder_that_goes_and_comes_back_is_waited_for(bench: Bench) -> None:
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


def test_a_place_that_cannot_be_written_is_tried_again(bench: Bench) -> None:
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


def test_a_second_watcher_takes_over_at_once(bench: Bench) -> None:
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


def test_a_pass_ends_when_nothing_is_left(bench: Bench) -> None:
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


def test_two_passes_at_a_time_are_one_too_many(bench: Bench) -> None:
    """The second ends; beside a permanent watcher a pass is fine."""
    bench.watcher()
    bench.once = True
    bench.watcher()
    with pytest.raises(Busy, match="Another pass"):
        bench.watcher()


def test_another_machine_that_comes_later_does_not_push_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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


def test_what_happens_is_told_to_machines(bench: Bench) -> None:
    """Claims, previews, ends and pauses, by the names of files and no more."""
    told: list[Event] = []

    class Noting:
        every_order = False

        def __call__(self, event: Event) -> None:
            told.append(event)

    one = bench.watcher(observer=Noting())
    bench.drop("a.csv")
    bench.turn(7)
    bench.answer = lambda work: ended(0) if work.task == "probe" else ended(5)
    bench.drop("b.csv")
    bench.turn(7)
    assert one.trouble() is ExitCode.STOPPED
    bench.turn(20)
    names = [event.name() for event in told]
    assert names[:4] == ["sheet_claimed", "sheet_ended", "sheet_claimed", "pause_begun"]
    assert names.count("pause_ended") >= 1
    assert told[0] == SheetClaimed("a.csv", "apply")
    assert told[1] == SheetEnded("a.csv", "done", None)
