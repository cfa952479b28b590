"""What must hold at the end of the day, computed from the sheets that were dropped."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from tests.functional.results_book import ResultsBook
from tests.kills.weather import stores
from tests.soak.sheets import Drop, Payload
from tests.soak.yard import Life, Yard
from tests.stub_api.wire import Seen

__all__ = ["check_all"]

_WELL = frozenset({"updated", "unchanged", "superseded"})
_TROUBLED = frozenset({"failed", "unknown"})
_STOPPED_AT_ITS_START = "Stopped.\n"
_LONG_LIFE = 40
"""So many samples tell whether something grows."""


def check_all(yard: Yard) -> None:
    """Check everything; AssertionError tells what is wrong."""
    _check_ends(yard)
    _check_lives(yard.lives)
    by_content = _files_of(yard)
    for drop in yard.drops:
        for path in by_content[drop.data]:
            _check_beside(drop, path)
    _check_orders(yard)


def _check_ends(yard: Yard) -> None:
    """Every file that was dropped is in one place, nothing else is there, nothing runs any more."""
    assert not yard.processes()
    there = Counter[bytes]()
    for path in yard.files():
        if not _is_ours(path) or path.read_bytes() in {d.data for d in yard.drops}:
            there[path.read_bytes()] += 1
    dropped = Counter(drop.data for drop in yard.drops if drop.ends != "nowhere")
    untouched = Counter(drop.data for drop in yard.drops if drop.kind == "untouched")
    names = {drop.data: drop.name for drop in yard.drops}
    expected = {data: dropped[data] + bool(untouched[data]) for data in there | dropped}
    wrong = {
        names.get(data, f"? {data[:80]!r}"): (there[data], expected[data])
        for data in expected
        if there[data] != expected[data]
    }
    assert not wrong, f"files that are there, and that should be: {wrong}"
    assert not [path for path in (yard.root / "working").rglob("*") if path.is_file()]


def _is_ours(path: Path) -> bool:
    return bool(re.search(r"\.(?:results|report|error)(?: \(\d+\))?\.\w+$", path.name))


def _files_of(yard: Yard) -> Mapping[bytes, list[Path]]:
    found: dict[bytes, list[Path]] = defaultdict(list)
    for path in yard.files():
        found[path.read_bytes()].append(path)
    return found


def _check_beside(drop: Drop, path: Path) -> None:
    """Each sheet lies where its rows say, with results and report beside it, or one sentence."""
    place = path.parent.name
    if drop.kind == "untouched":
        assert place == "done", path
        return
    if drop.ends == "inbox":
        assert path.parent.name == "in", path
        return
    beside = {side for side in ("results.xlsx", "report.html", "error.txt") if _has(path, side)}
    if drop.explained:
        assert (place, beside) == ("needs-attention", {"error.txt"}), (drop.kind, path, beside)
        return
    assert beside == {"results.xlsx", "report.html"}, (drop.kind, path, beside)
    outcomes = _outcomes(_beside(path, "results.xlsx"))
    assert outcomes.keys() == drop.payloads.keys() | drop.bad, path
    for number, outcome in outcomes.items():
        assert outcome in ({"invalid"} if number in drop.bad else _WELL | _TROUBLED), (path, number)
    well = set(outcomes.values()) <= _WELL
    assert place == ("done" if well else "needs-attention"), (drop.kind, path, outcomes)


def _beside(path: Path, side: str) -> Path:
    """Name a file beside a sheet; what is beside results of ours has a number in its name."""
    stem, ours, number = path.stem.partition(".results")
    if not ours:
        return path.with_name(f"{stem}.{side}")
    kind, ending = side.split(".")
    return path.with_name(f"{stem}.{kind}{number} (2).{ending}")


def _has(path: Path, side: str) -> bool:
    return _beside(path, side).is_file()


def _outcomes(path: Path) -> dict[int, str]:
    return {int(row["order_id"]): str(row["outcome"]) for row in ResultsBook(path).rows()}


# -- orders ---------------------------------------------------------------------------------------


def _check_orders(yard: Yard) -> None:
    """Each order got what its sheets say and nothing else, newer addresses only, and holds the
    newest.
    """
    runs = _runs_by_content(yard)
    puts: dict[int, list[Seen]] = defaultdict(list)
    for seen in yard.stub.puts():
        assert seen.order_id is not None
        puts[seen.order_id].append(seen)
    wanted: dict[int, list[tuple[Payload, list[int]]]] = defaultdict(list)
    for drop in yard.drops:
        for number, payload in drop.payloads.items():
            wanted[number].append((payload, runs.get(_sha256(drop), [])))
    assert puts.keys() <= wanted.keys(), f"sent, but of no sheet: {puts.keys() - wanted.keys()}"
    for number, versions in wanted.items():
        _check_order(number, versions, puts[number], again=yard.day.children)
    assert yard.stub.max_open_per_order() == 1 or yard.day.children


def _check_order(
    number: int,
    versions: Sequence[tuple[Payload, list[int]]],
    puts: Sequence[Seen],
    *,
    again: int,
) -> None:
    """``again``: so many processes were killed while they sent, and each may have had an answer
    that was not written down yet: the same payload then goes once more.
    """
    least = 0
    for seen in puts:
        sent = seen.json["customer_info"]
        runs = sorted({run for payload, of in versions if payload == sent for run in of})
        assert runs, f"order {number} was sent what no sheet says: {sent}"
        later = [run for run in runs if run >= least]
        assert later, f"order {number}: run {runs} sent after run {least}"
        least = later[0]
    newest = max(versions, key=lambda version: max(version[1], default=0))[0]
    held = _stored(puts)
    assert held == newest, f"order {number} holds {held}, the newest sheet says {newest}"
    plain = [seen for seen in puts if not _is_trouble(seen)]
    assert len(plain) <= len(versions) + again, (
        f"order {number} was sent {len(plain)} times: {versions}"
    )


def _is_trouble(seen: Seen) -> bool:
    return not getattr(seen.reply, "confirms", False)


def _stored(puts: Sequence[Seen]) -> Any:
    done = [seen for seen in puts if stores(seen.reply) and seen.ended_at is not None]
    return done[-1].json["customer_info"] if done else None


def _runs_by_content(yard: Yard) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    with closing(sqlite3.connect(yard.place.ledger)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        left = db.execute("SELECT COUNT(*) FROM dropped WHERE ended_at IS NULL").fetchone()
        held = db.execute("SELECT COUNT(*) FROM orders WHERE holder_run IS NOT NULL").fetchone()
        for sha256, run_no in _begun(db):
            found[sha256].append(run_no)
    assert (left, held) == ((0,), (0,)), "sheets or orders are still held in the ledger"
    return found


def _begun(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    yield from db.execute("SELECT source_sha256, run_no FROM runs ORDER BY run_no")


def _sha256(drop: Drop) -> str:
    return hashlib.sha256(drop.data).hexdigest()


# -- watchers -------------------------------------------------------------------------------------


def _check_lives(lives: Sequence[Life]) -> None:
    """A watcher ends by its signal and says nothing is wrong; it does not grow while it lives."""
    for life in lives:
        assert life.ended is not None
        by_signal = {-9} if life.killed else {143, -15} if life.starting else {143}
        assert life.ended.code in by_signal, life.ended
        assert life.ended.stderr in ("", _STOPPED_AT_ITS_START), life.ended
        if len(life.held) < _LONG_LIFE:
            continue
        third = len(life.held) // 3
        first, last = life.held[third : 2 * third], life.held[-third:]
        for at, spare in ((0, 4), (1, 4_000)):
            before, after = (median(one[at] for one in part) for part in (first, last))
            assert after <= before * 1.1 + spare, f"grew from {before} to {after}"
