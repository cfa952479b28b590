"""Taking sheets and putting them away, with a kill or another watcher at any point between."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.folder.places import Places, look_at, move_whole
from pipeline.ledger import Ledger, dropped
from pipeline.ledger.dropped import lock_for_file
from pipeline.watching import held as held_module
from pipeline.watching import holding, moving
from pipeline.watching.fate import Fate
from pipeline.watching.holding import Holding
from pipeline.watching.told import Told

DONE = Fate("done")
Make = Callable[[], Holding]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """The folders of a watcher called me."""
    made = Places(tmp_path / "in", "me")
    made.root.mkdir()
    made.make()
    return made


@pytest.fixture
def make(tmp_path: Path, places: Places) -> Make:
    """Make watchers of one ledger."""
    return lambda: Holding(places, lambda: Ledger(tmp_path / "state"))


def _open(one: Holding) -> list[str]:
    with one.open_ledger() as ledger:
        return [found.name for found in dropped.open_ones(ledger, one.places.root)]


def _die(one: Holding) -> None:
    """The kernel frees what the dead held."""
    for held in list(one.held):
        one.let_go(held, forget=False)


def test_a_sheet_is_taken_once(places: Places, make: Make) -> None:
    """Whoever is second finds nothing, holds nothing, and leaves nothing behind."""
    first, second = make(), make()
    source = places.root / "a.csv"
    source.write_text("1")
    held = first.claim(source, "apply")
    assert second.claim(source, "apply") is None
    assert held is not None
    assert (held.file.read_text(), _open(first)) == ("1", ["a.csv"])
    assert second.held == []
    second.take_up("apply")
    assert second.held == []


@pytest.mark.parametrize("second", ["a.csv", "a.xlsx", "A.csv", "a.results.xlsx"])
def test_what_shares_its_name_takes_its_turn(places: Places, make: Make, second: str) -> None:
    """What is written beside one sheet can never be taken for another's; nothing is replaced."""
    one, other = make(), make()
    (places.root / "a.csv").write_text("1")
    first = one.claim(places.root / "a.csv", "apply")
    (places.root / second).write_text("2")
    assert other.claim(places.root / second, "apply") is None
    assert (places.root / second).read_text() == "2"
    (places.working / "a.results.xlsx").write_text("results of 1")
    assert first is not None
    one.put_away(first, DONE, Told(0))
    held = other.claim(places.root / second, "apply")
    assert held is not None
    other.put_away(held, DONE, Told(0))
    landed = {path.name: path.read_text() for path in places.done.iterdir()}
    assert landed.pop("a.csv") == "1"
    assert landed.pop("a.results.xlsx") == "results of 1"
    assert list(landed.values()) == ["2"]
    assert _open(one) == []
    assert list(places.working.iterdir()) == []


@pytest.mark.parametrize("error", [PermissionError(13, "no"), OSError(28, "full")])
def test_what_cannot_be_taken_stays_where_it_is(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """No rights, a full disk: nothing is written down of it, and the next try begins anew."""

    def refused(_source: Path, _target: Path) -> None:
        raise error

    one = make()
    (places.root / "a.csv").write_text("1")
    with monkeypatch.context() as patch:
        patch.setattr(holding, "move_whole", refused)
        with pytest.raises(OSError, match=error.strerror):
            one.claim(places.root / "a.csv", "apply")
    assert (_open(one), one.held) == ([], [])
    assert one.claim(places.root / "a.csv", "apply") is not None


def test_a_kill_before_the_move_changes_nothing(places: Places, make: Make) -> None:
    """It was written down, and perhaps its name was taken by an empty file."""
    (places.root / "a.csv").write_text("1")
    one = make()
    with one.open_ledger() as ledger:
        for name, touched in (("a.csv", True), ("b.csv", False)):
            file = places.working / name
            dropped.claim(
                ledger,
                folder=places.root,
                name=name,
                came_from="",
                file=file,
                task="apply",
                now=1.0,
            )
            if touched:
                file.touch()
    one.take_up("apply")
    assert (_open(one), one.held, list(places.working.iterdir())) == ([], [], [])
    assert (places.root / "a.csv").read_text() == "1"


def test_what_nobody_knows_in_working_is_looked_at(places: Places, make: Make) -> None:
    """A sheet is worked on; what is only beside one is for a person; nothing is thrown away."""
    (places.working / "a.csv").write_text("1")
    (places.working / "a.results.xlsx").write_text("beside it")
    (places.working / "b.report.html").write_text("of nobody")
    (places.working / "empty.csv").touch()
    os.utime(places.working / "empty.csv", (1, 1))
    (places.working / "begun.csv").touch()
    (places.working / ".a.abcdefgh.tmp").write_text("half")
    one = make()
    assert one.anything_unknown()
    one.take_up("check")
    assert [(held.name, held.task, held.ending is None) for held in one.held] == [
        ("a.csv", "check", True),
        ("b.report.html", "check", False),
    ]
    for held in list(one.held):
        fate, told = held.ending or (DONE, Told(0))
        one.put_away(held, fate, told)
    one.take_up("check")
    assert sorted(path.name for path in places.done.iterdir()) == ["a.csv", "a.results.xlsx"]
    assert [path.name for path in places.attention.iterdir()] == ["b.report.html"]
    assert [path.name for path in places.working.iterdir()] == ["begun.csv"]
    (places.working / "begun.csv").unlink()
    assert not one.anything_unknown()


@pytest.mark.parametrize("killed_after", range(4))
def test_a_kill_between_any_two_moves_is_made_good(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    """However far it came: afterwards every file is in its place once, under its name."""
    one = make()
    (places.root / "a.csv").write_text("sheet")
    held = one.claim(places.root / "a.csv", "apply")
    assert held is not None
    for name in ("a.results.xlsx", "a.report.html"):
        (places.working / name).write_text(name)
    carry_out = moving.carry_out
    left = killed_after

    def until_killed(source: Path, target: Path) -> Path | None:
        nonlocal left
        if left == 0:
            target.touch()  # the name was taken already
            raise KeyboardInterrupt
        left -= 1
        return carry_out(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(held_module, "carry_out", until_killed)
        if killed_after < 3:
            with pytest.raises(KeyboardInterrupt):
                one.put_away(held, DONE, Told(0))
            _die(one)
        else:
            one.put_away(held, DONE, Told(0))
    another = make()
    another.take_up("apply")
    assert (another.held, _open(another)) == ([], [])
    assert {path.name: path.read_text() for path in places.done.iterdir()} == {
        "a.csv": "sheet",
        "a.results.xlsx": "a.results.xlsx",
        "a.report.html": "a.report.html",
    }
    assert list(places.working.iterdir()) == []


@pytest.mark.parametrize("drops", [1, 2])
def test_the_longest_name_comes_to_rest_too(places: Places, make: Make, drops: int) -> None:
    """A sheet whose name leaves no room for more is put away with its sentence, once or again."""
    one, name = make(), "b" * 251 + ".csv"
    for _ in range(drops):
        (places.root / name).write_text("sheet")
        held = one.claim(places.root / name, "apply")
        assert held is not None
        one.put_away(held, Fate("needs-attention", "It is bad.", explain=True), Told(3))
    endings = sorted(path.name[240:] for path in places.attention.iterdir())
    assert len(endings) == 2 * drops
    assert sum(ending.endswith(".csv") for ending in endings) == drops
    assert list(places.working.iterdir()) == []


def test_what_cannot_be_put_away_holds_up_nothing_else(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart as well: the other sheets go on, and it is tried again."""
    one = make()
    for name in ("a.csv", "b.csv", "c.csv"):
        (places.root / name).write_text(name)
        assert one.claim(places.root / name, "apply") is not None
    carry_out = moving.carry_out

    def refused(source: Path, target: Path) -> Path | None:
        if source.name == "a.csv":
            raise PermissionError(13, "Permission denied", str(target))
        return carry_out(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(held_module, "carry_out", refused)
        with pytest.raises(PermissionError):
            one.put_away(one.held[0], DONE, Told(0))
        _die(one)
        another = make()
        assert list(another.take_up("apply")) == ["a.csv"]
        assert [held.name for held in another.held] == ["b.csv", "c.csv"]
        _die(another)
    last = make()
    assert last.take_up("apply") == {}
    assert (places.done / "a.csv").read_text() == "a.csv"


def test_a_pair_stays_a_pair_where_a_move_had_to_be_tried_again(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheet is in its place, its results could not be moved: they follow under its name."""
    one = make()
    (places.root / "a.csv").write_text("sheet")
    held = one.claim(places.root / "a.csv", "apply")
    assert held is not None
    (places.working / "a.results.xlsx").write_text("results")
    carry_out = moving.carry_out

    def refused(source: Path, target: Path) -> Path | None:
        if source.name == "a.results.xlsx":
            raise PermissionError(13, "Permission denied", str(target))
        return carry_out(source, target)

    fate = Fate("needs-attention", "Look.", explain=True)
    with monkeypatch.context() as patch:
        patch.setattr(held_module, "carry_out", refused)
        with pytest.raises(PermissionError):
            one.put_away(held, fate, Told(3))
    one.put_away(held, fate, Told(3))
    there = sorted(path.name for path in places.attention.iterdir())
    assert there == ["a.csv", "a.error.txt", "a.results.xlsx"]
    assert list(places.working.iterdir()) == []


def test_results_of_a_sheet_that_was_taken_away_are_no_sheet(places: Places, make: Make) -> None:
    """Whoever deletes a sheet in working does not want its rows sent from what we wrote of it."""
    one = make()
    path = places.working / "a.results.xlsx"
    for text, is_work in (("as we wrote it", False), ("edited", True)):
        path.write_text(text)
        with one.open_ledger() as ledger:
            ours = hashlib.sha256(b"as we wrote it").hexdigest()
            with ledger.atomic() as db:
                db.execute(
                    "INSERT OR REPLACE INTO written (path, sha256, source_path) VALUES (?, ?, ?)",
                    (str(path), ours, str(places.working / "a.csv")),
                )
        one.take_up("apply")
        (held,) = one.held
        assert (held.ending is None) is is_work
        one.put_away(held, *(held.ending or (DONE, Told(0))))
    assert [path.read_text() for path in places.attention.iterdir()] == ["as we wrote it"]


def test_what_was_taken_to_be_sent_is_shown_first_where_a_yes_is_asked_now(
    places: Places, make: Make
) -> None:
    """A watcher that asks sends nothing that one that did not ask had taken."""
    one = make()
    (places.root / "a.csv").write_text("1")
    assert one.claim(places.root / "a.csv", "apply") is not None
    _die(one)
    another = make()
    another.take_up("check")
    assert [held.task for held in another.held] == ["check"]


def test_taking_over_spares_what_somebody_holds(places: Places, make: Make) -> None:
    """Files of the other one come along, under a free name; one that is being worked on stays."""
    other = places.all_working / "other"
    other.mkdir()
    for name in ("a.csv", "busy.csv", "busy.results.xlsx", ".hidden.tmp"):
        (other / name).write_text(name)
    (places.working / "a.csv").write_text("mine")
    one = make()
    with one.open_ledger() as ledger:
        lock = lock_for_file(ledger, other / "busy")  # it, and what lies beside it
        assert lock.take()
    assert one.adopt_from(other) == 1
    lock.release()
    assert (places.working / "a (2).csv").read_text() == "a.csv"
    assert sorted(path.name for path in other.iterdir()) == [
        ".hidden.tmp",
        "busy.csv",
        "busy.results.xlsx",
    ]


def test_another_file_of_the_name_is_not_taken_for_the_one_that_settled(
    places: Places, make: Make
) -> None:
    """A second watcher was faster, and the next sheet of that name is just being written."""
    source = places.root / "a.csv"
    source.write_text("1")
    settled = look_at(places.root)["a.csv"]
    first, second = make(), make()
    assert first.claim(source, "apply", settled) is not None
    source.write_text("order_id,fir")
    assert second.claim(source, "apply", settled) is None
    assert source.exists()


def test_what_came_in_the_last_moment_stands_still_first(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the renaming nobody can look, so what was taken tells it."""
    source = places.root / "a.csv"
    source.write_text("1")
    settled = look_at(places.root)["a.csv"]
    move = move_whole

    def replaced(at: Path, to: Path) -> None:
        at.write_text("order_id,fir")
        move(at, to)

    one = make()
    monkeypatch.setattr(holding, "move_whole", replaced)
    held = one.claim(source, "apply", settled)
    assert held is not None
    assert held.settles


def test_results_wait_while_their_sheet_is_worked_on(places: Places, make: Make) -> None:
    """Beside it in working/ they would be taken for what was written of it."""
    for name in ("a.csv", "a.results.xlsx"):
        (places.root / name).write_text(name)
    first, second = make(), make()
    held = first.claim(places.root / "a.csv", "apply")
    assert held is not None
    assert second.claim(places.root / "a.results.xlsx", "apply") is None
    first.put_away(held, DONE, Told(0))
    assert [path.name for path in places.done.iterdir()] == ["a.csv"]
    edited = second.claim(places.root / "a.results.xlsx", "apply")
    assert edited is not None
    second.put_away(edited, DONE, Told(0))
    assert sorted(path.name for path in places.done.iterdir()) == ["a.csv", "a.results.xlsx"]


def test_what_a_kill_left_half_put_away_takes_no_newer_file_along(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was moved and only that not written down; then the corrected results are dropped."""
    one, another = make(), make()
    (places.root / "a.csv").write_text("sheet")
    held = one.claim(places.root / "a.csv", "apply")
    assert held is not None
    (places.working / "a.report.html").write_text("of the sheet")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(holding.dropped, "end", killed)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            one.put_away(held, Fate("needs-attention"), Told(0))
    _die(one)
    (places.root / "a.results.xlsx").write_text("corrected")
    edited = another.claim(places.root / "a.results.xlsx", "apply")
    assert edited is not None
    report = places.working / "a.report.html"
    report.write_text("of the corrected")
    another.take_up("apply")
    another.put_away(edited, DONE, Told(0, beside=(str(report),)))
    assert {path.name: path.read_text() for path in places.done.iterdir()} == {
        "a.results.xlsx": "corrected",
        "a.report.html": "of the corrected",
    }
    assert (places.attention / "a.report.html").read_text() == "of the sheet"


@pytest.mark.parametrize("name", ["a.report (2).html", "a.results (2).xlsx", "a.report.html"])
def test_what_is_written_for_results_is_not_taken_up_by_another(
    places: Places, make: Make, name: str
) -> None:
    """While one watcher works on results, another leaves alone what is written beside them."""
    one, another = make(), make()
    (places.root / "a.results.xlsx").write_text("corrected")
    assert one.claim(places.root / "a.results.xlsx", "apply") is not None
    (places.working / name).write_text("new")
    another.take_up("apply")
    assert another.held == []


def test_what_was_half_put_away_is_so_under_another_name_too(places: Places, make: Make) -> None:
    """The machine was renamed after a kill: what was written down names the old folder."""
    one = make()
    (places.root / "a.csv").write_text("sheet")
    held = one.claim(places.root / "a.csv", "apply")
    assert held is not None
    (places.working / "a.results.xlsx").write_text("results")
    with one.open_ledger() as ledger:
        one._begin_moves(ledger, held, places.done, DONE, Told(0))
    move_whole(places.working / "a.csv", places.done / "a.csv")
    _die(one)
    renamed = Places(places.root, "renamed")
    renamed.make()
    another = Holding(renamed, one.open_ledger)
    assert another.adopt_from(places.working) == 0
    another.take_up("apply")
    assert (another.held, _open(another)) == ([], [])
    assert sorted(path.name for path in places.done.iterdir()) == ["a.csv", "a.results.xlsx"]
    assert not places.working.exists()


def test_a_share_in_trouble_makes_no_sheet_forgotten(
    places: Places, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a file cannot be seen now does not mean that it is gone; it is taken up later."""
    one = make()
    (places.root / "a.csv").write_text("sheet")
    held = one.claim(places.root / "a.csv", "approved")
    assert held is not None
    _die(one)
    another = make()
    lstat = Path.lstat

    def stale(path: Path) -> os.stat_result:
        if path.name == "a.csv":
            raise OSError(116, "Stale file handle", str(path))
        return lstat(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "lstat", stale)
        assert list(another.take_up("check")) == ["a.csv"]
    assert (another.held, _open(another)) == ([], ["a.csv"])
    another.take_up("check")
    assert [(held.name, held.task) for held in another.held] == [("a.csv", "approved")]
