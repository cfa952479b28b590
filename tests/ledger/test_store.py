"""The ledger's file, its locks and its runs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import Busy, ConfigError
from pipeline.ledger import Ledger, Lock, lock_for_sheet, locks, runs
from pipeline.ledger.rows import StagedLine, lines_of, orders_of, row_id, stage
from pipeline.ledger.schema import MIGRATIONS
from pipeline.ledger.store import FILE_NAME
from tests.fakes.staged import begin, line, staged, target


def test_only_the_user_can_read_it(ledger: Ledger) -> None:
    """The folder has mode 0700 and the file 0600: addresses lie there."""
    assert ledger.folder.stat().st_mode & 0o777 == 0o700
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        assert (ledger.folder / name).stat().st_mode & 0o777 == 0o600


def test_a_transaction_is_all_or_nothing(ledger: Ledger) -> None:
    """An error inside leaves no trace."""

    def half_done() -> None:
        with ledger.atomic() as db:
            db.execute("INSERT INTO meta VALUES ('x', 'y')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert ledger.connection.execute("SELECT 1 FROM meta WHERE name = 'x'").fetchone() is None


def test_the_secret_stays_and_fingerprints_need_it(tmp_path: Path) -> None:
    """Fingerprints are keyed with a secret of the ledger, the same at every opening."""
    with Ledger(tmp_path / "a") as one, Ledger(tmp_path / "b") as other:
        print_one, print_other = one.fingerprint("Elm St"), other.fingerprint("Elm St")
    with Ledger(tmp_path / "a") as again:
        assert again.fingerprint("Elm St") == print_one != print_other


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """One sentence, exit 2, and not a byte is changed."""
    with Ledger(tmp_path) as ledger:
        ledger.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="newer address-pipeline"):
        Ledger(tmp_path)


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    """Garbage where the ledger should be is one sentence."""
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="restore it from a backup"):
        Ledger(tmp_path)


def test_a_state_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """A file in the way of the folder."""
    (tmp_path / "state").write_text("")
    with pytest.raises(ConfigError, match="--state-dir"):
        Ledger(tmp_path / "state")


def test_the_kernel_frees_the_lock_of_a_killed_process(tmp_path: Path) -> None:
    """No heartbeats, no stale locks: kill -9 is enough."""
    path = tmp_path / "run.lock"
    program = (
        "import sys; from pathlib import Path; from pipeline.ledger import Lock;"
        "print(Lock(Path(sys.argv[1])).take(), flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "True\n"
    assert Lock(path).held_elsewhere
    assert not Lock(path).take()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    holder.stdin.close()
    assert not Lock(path).held_elsewhere


def test_a_lock_that_is_removed_meanwhile_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waited at a file that its holder removed would share the lock with the next one."""
    path = tmp_path / "run.lock"
    first, second, third = Lock(path), Lock(path), Lock(path)
    assert first.take()
    take = locks._lock

    def after_its_holder(file: int) -> bool:
        first.release(remove=True)
        return take(file)

    with monkeypatch.context() as patch:
        patch.setattr(locks, "_lock", after_its_holder)
        assert not second.take()
    assert third.take()
    assert not second.take()
    third.release()


def test_a_sheet_is_worked_on_by_one_process(tmp_path: Path) -> None:
    """The second finds it busy; another name of the same file is the same sheet."""
    sheet = tmp_path / "orders.csv"
    sheet.write_text("x")
    (tmp_path / "link.csv").symlink_to(sheet)
    lock = lock_for_sheet(tmp_path, sheet)
    with pytest.raises(Busy, match=r"link\.csv"):
        lock_for_sheet(tmp_path, tmp_path / "link.csv")
    lock.release()
    lock_for_sheet(tmp_path, sheet).release()


def test_a_stage_whose_process_died_is_swept(ledger: Ledger) -> None:
    """What was staged and never approved is forgotten; a living one stays."""
    number = target(ledger)
    dead = staged(ledger, [(1, "a")], target_no=number)
    half = begin(ledger, target_no=number)
    alive = staged(ledger, [(1, "a")], target_no=number)
    dead.lock.release()
    half.lock.release()
    runs.sweep(ledger)
    assert [run.run_no for run in runs.listed(ledger)] == [alive.run_no]
    assert ledger.connection.execute("SELECT COUNT(*) FROM rows").fetchone() == (1,)


@pytest.mark.parametrize(
    ("kind", "prefix"), [("live", ""), ("sandbox", "sandbox-"), ("custom", "custom-")]
)
def test_a_run_id_names_its_target_unless_live(ledger: Ledger, kind: str, prefix: str) -> None:
    """Nobody takes a sandbox's result for the real thing."""
    facts = runs.RunFacts("t", kind, "h", None, "u", "m", "0")
    source = runs.Source("/x.csv", "s", 1, 0.0, "csv", ",", "")
    begun = runs.begin(ledger, facts, source, {}, 1_763_899_200.0)
    assert begun.run_id.startswith(f"{prefix}20251123-")
    found = runs.find(ledger, begun.run_id)
    assert found is not None
    assert found.source == source


def test_nothing_of_a_key_is_kept(ledger: Ledger) -> None:
    """A target and key are known by a keyed fingerprint only."""
    runs.target_number(ledger, kind="live", host="h", identity="live\nhttps://h\nSECRET-KEY")
    ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"SECRET-KEY" not in (ledger.folder / FILE_NAME).read_bytes()


def test_two_processes_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    """The migration is run once, whoever is faster."""
    program = "import sys; from pathlib import Path; from pipeline.ledger import Ledger;"
    program += "Ledger(Path(sys.argv[1])).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "state")]) for _ in range(3)
    ]
    assert [process.wait(timeout=30) for process in started] == [0, 0, 0]
    with sqlite3.connect(tmp_path / "state" / FILE_NAME) as db:
        assert db.execute("SELECT COUNT(*) FROM meta").fetchone() == (1,)
    db.close()


def test_rows_of_every_shape_come_back_in_the_order_of_the_sheet(ledger: Ledger) -> None:
    """Sound rows are written fifty at a time and others one by one; nobody can tell afterwards."""
    begun = begin(ledger, target_no=target(ledger))
    lines = [line(ledger, row, row) for row in range(2, 2 + 123)]
    lines[7] = StagedLine(9, "plain", ("a title",))
    lines[60].marks, lines[60].warnings = '{"e": [], "w": [], "r": [], "h": 1}', "hidden"
    stage(ledger, begun.run_no, lines)
    found = list(lines_of(ledger, begun.run_no))
    assert [one.row for one in found] == [one.row for one in lines]
    assert [one.cells for one in found] == [tuple(one.cells) for one in lines]
    assert [one.state for one in found if one.state != "pending"] == ["none"]
    assert found[60].warnings == "hidden"
    assert [row for row, _, _ in orders_of(ledger, begun.run_no)] == [
        one.row for one in lines if one.kind == "order"
    ]


@pytest.mark.parametrize(
    "cell", ["", "é 🏠", 'quo"te', "a\nb\0c", "\\ud83d", "half \ud800 a pair", "\udcff"]
)
def test_any_cell_survives_the_ledger(ledger: Ledger, cell: str) -> None:
    """Half a surrogate pair is no UTF-8, and yet some program may have written it."""
    begun = begin(ledger, target_no=target(ledger))
    stage(ledger, begun.run_no, [StagedLine(1, "plain", (cell, "x"))])
    assert [one.cells for one in lines_of(ledger, begun.run_no)] == [(cell, "x")]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_ledger_of_an_earlier_version_is_brought_up(tmp_path: Path, version: int) -> None:
    """Its runs and rows are read as before; they have no findings and were not held back."""
    db = sqlite3.connect(tmp_path / FILE_NAME)
    for migration in MIGRATIONS[:version]:
        db.executescript(migration)
    db.executescript(
        "INSERT INTO runs (run_id, together, target_kind, host, state, source_path, source_sha256,"
        " source_bytes, source_modified_at, sheet_kind, worksheet, width, mapping, begun_at,"
        " os_user, machine, version) VALUES"
        " ('20260101-aaaaaa', 't', 'live', 'h', 'sending', 'a.csv', '', 0,"
        " 0, 'csv', '', 1, '{}', 0, 'u', 'm', '1');"
        "INSERT INTO rows (id, kind, cells, state) VALUES"
        f" ({row_id(1, 2)}, 'order', '[]', 'pending');"
        f"PRAGMA user_version = {version}"
    )
    db.close()
    with Ledger(tmp_path) as ledger:
        run = runs.find(ledger, 1)
        assert run is not None
        assert (run.run_id, run.findings) == ("20260101-aaaaaa", ())
        assert [line.state for line in lines_of(ledger, 1)] == ["pending"]
