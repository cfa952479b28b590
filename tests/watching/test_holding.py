"""Taking sheets and putting them away, with a kill or another watcher at any point between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.folder.places import Places, look_at, move_whole
from pipeline.ledger import Ledger, dropped
from pipeline.ledger.dropped import lock_for_file
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


def test_a_name_in_work_is_not_taken_twice(places: Places, make: Make) -> None:
    """The second sheet of a name lies beside the first, and gets its own name back at the end."""
    one = make()
    for text in "12":
        (places.root / "a.csv").write_text(text)
        assert one.claim(places.root / "a.csv", "apply") is not None
    assert sorted(path.name for path in places.working.iterdir()) == ["a (2).csv", "a.csv"]
    (places.working / "a (2).results.xlsx").write_text("results of 2")
    second, first = one.held[1], one.held[0]
    one.put_away(second, DONE, Told(0))
    one.put_away(first, DONE, Told(0))
    assert {path.name: path.read_text() for path in places.done.iterdir()} == {
        "a.csv": "2",
        "a.results.xlsx": "results of 2",
        "a (2).csv": "1",
    }
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
    assert list(places.working.iterdir()) == []
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
        patch.setattr(holding, "carry_out", until_killed)
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


def test_taking_over_spares_what_somebody_holds(places: Places, make: Make) -> None:
    """Files of the other one come along, under a free name; one that is being worked on stays."""
    other = places.all_working / "other"
    other.mkdir()
    for name in ("a.csv", "busy.csv", ".hidden.tmp"):
        (other / name).write_text(name)
    (places.working / "a.csv").write_text("mine")
    one = make()
    with one.open_ledger() as ledger:
        lock = lock_for_file(ledger, other / "busy.csv")
        assert lock.take()
    assert one.adopt_from(other) == 1
    lock.release()
    assert (places.working / "a (2).csv").read_text() == "a.csv"
    assert sorted(path.name for path in other.iterdir()) == [".hidden.tmp", "busy.csv"]


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


def test_results_that_another_watcher_works_on_do_not_go_along(places: Places, make: Make) -> None:
    """They lie beside the sheet in working and are named like its results, but are a sheet."""
    for name in ("a.csv", "a.results.xlsx"):
        (places.root / name).write_text(name)
    first, second = make(), make()
    held = first.claim(places.root / "a.csv", "apply")
    edited = second.claim(places.root / "a.results.xlsx", "apply")
    assert held is not None
    assert edited is not None
    first.put_away(held, DONE, Told(0))
    assert [path.name for path in places.done.iterdir()] == ["a.csv"]
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
