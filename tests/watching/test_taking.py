"""When a sheet is taken and begun: not before it is whole and closed, and its turn has come."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.folder.names import STATUS_NAME
from pipeline.folder.places import move_whole
from pipeline.sheets.placing import sha256_of
from pipeline.watching import holding, looking
from pipeline.watching.fate import MOST_CHANGES
from pipeline.watching.told import Told, Work
from tests.watching.bench import WELL, Bench


def test_a_sheet_is_begun_as_soon_as_it_has_settled(bench: Bench) -> None:
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
def test_a_sheet_that_is_open_is_not_taken_before_it_is_closed(bench: Bench, owner: str) -> None:
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


def test_what_a_crash_of_excel_left_holds_up_no_sheet_for_ever(bench: Bench) -> None:
    """The file that says who has it open is deleted by nobody then."""
    bench.watcher()
    bench.drop("a.csv")
    bench.drop("~$a.csv", "Ada")
    long_ago = time.time() - looking.OPEN_SECONDS - 60
    os.utime(bench.root / "~$a.csv", (long_ago, long_ago))
    bench.turn(7)
    assert bench.where("a.csv") == ["done"]


def test_a_text_without_the_end_of_its_last_line_waits_a_minute(bench: Bench) -> None:
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


def test_a_pass_waits_for_what_may_have_been_cut(bench: Bench) -> None:
    """What was saved without an end of its last line would else be left by every pass."""
    bench.once = True
    made = bench.watcher()
    bench.drop("a.csv", "order_id\n1")
    begun = bench.now
    while made.step() is not None:
        bench.now += 1.0
        assert bench.now < begun + 90
    assert bench.where("a.csv") == ["done"]


def test_a_namesake_waits_its_turn_and_is_not_read_all_the_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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


def test_a_sheet_that_was_written_to_meanwhile_is_read_again(bench: Bench) -> None:
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


def test_a_sheet_that_is_written_to_all_the_time_ends_with_a_person(bench: Bench) -> None:
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


def test_a_sheet_that_was_only_touched_is_not_read_again(bench: Bench) -> None:
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


def test_a_sheet_that_was_taken_away_meanwhile_is_forgotten(bench: Bench) -> None:
    """It is said, and nothing is left of it."""
    made = bench.watcher()
    bench.answer = lambda work: Path(work.sheet).unlink() or WELL  # type: ignore[func-returns-value]
    bench.drop("a.csv")
    bench.turn(8, made)
    assert bench.said == ["a.csv: somebody took it away while it was worked on."]
    assert bench.where("a.*") == []


def test_one_sheet_at_a_time_so_that_others_share(bench: Bench) -> None:
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


def test_a_sheet_that_came_in_the_last_moment_settles_in_working(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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


def test_what_is_copied_straight_into_working_settles_there(bench: Bench) -> None:
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
