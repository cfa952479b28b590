"""A ledger's file in trouble: found early, told in one sentence, nothing changed."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import ConfigError, PipelineError, StoppedEarly
from pipeline.core.mounts import Mount
from pipeline.ledger import Ledger, Lock, disks, runs, store, trouble
from pipeline.ledger.rows import lines_of, stage
from pipeline.ledger.store import FILE_NAME
from tests.fakes.staged import begin, line, target


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with one run of 400 rows, closed."""
    with Ledger(tmp_path / "state") as ledger:
        begun = begin(ledger, target_no=target(ledger))
        stage(ledger, begun.run_no, [line(ledger, row, row) for row in range(2, 402)])
        begun.lock.release()
    return tmp_path / "state" / FILE_NAME


def _garble_the_middle(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(size // 2)
        damaged.write(b"\xa5" * 20_000)


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _empty(file: Path) -> None:
    os.truncate(file, 0)


def _garble_the_head(file: Path) -> None:
    with file.open("r+b") as damaged:
        damaged.write(b"\0" * 200)


def _be_somebody_elses(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE photos (name TEXT)")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_garble_the_middle, "is damaged"),
        (_cut, "is damaged"),
        (_garble_the_head, "is damaged"),
        (_empty, "is empty, although runs were made with it"),
        (_be_somebody_elses, "no ledger of address-pipeline"),
    ],
)
def test_damage_is_found_at_the_opening(
    file: Path, damage: Callable[[Path], None], words: str
) -> None:
    """Exit 2, nothing sent; the sentence names the file and what to do; no byte is changed."""
    damage(file)
    before = file.read_bytes()
    with pytest.raises(ConfigError) as caught:
        Ledger(file.parent)
    told = str(caught.value)
    assert words in told
    assert str(file) in told
    assert "--state-dir" in told or "delete it to begin anew" in told
    assert file.read_bytes() == before


def test_damage_in_a_large_ledger_is_found_where_it_is_met(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only small tables of it are looked at in advance; the rest stops the run when it is read."""
    monkeypatch.setattr(trouble, "WHOLLY_CHECKED_BYTES", 0)
    _garble_the_middle(file)
    with pytest.raises(StoppedEarly, match="is damaged"), Ledger(file.parent) as ledger:
        list(lines_of(ledger, 1))


def test_damage_among_the_runs_is_found_in_a_large_ledger_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What every run needs is checked at once, however large the rest is."""
    with Ledger(tmp_path) as ledger:
        number = target(ledger)
        for _ in range(12):
            begin(ledger, target_no=number).lock.release()
        (root,) = ledger.connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'runs'"
        ).fetchone()
    monkeypatch.setattr(trouble, "WHOLLY_CHECKED_BYTES", 0)
    with (tmp_path / FILE_NAME).open("r+b") as damaged:
        damaged.seek((root - 1) * 4096)
        damaged.write(b"\xa5" * 4096)
    with pytest.raises(ConfigError, match="is damaged"):
        Ledger(tmp_path)


def test_a_text_that_cannot_be_read_is_not_quoted(file: Path) -> None:
    """The module's own words would show the cell."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE rows SET cells = CAST(x'5345435245542dff' AS TEXT) WHERE id & 7 = 3")
        db.commit()
    with pytest.raises(StoppedEarly, match="is damaged") as caught, Ledger(file.parent) as ledger:
        list(lines_of(ledger, 1))
    assert "SECRET" not in str(caught.value)


def test_our_own_mistakes_are_not_blamed_on_the_disk(ledger: Ledger) -> None:
    """Wrong SQL is a bug, and a bug is shown as one."""
    with pytest.raises(sqlite3.OperationalError), ledger.atomic() as db:
        db.execute("SELECT nothing FROM nowhere")
    assert not ledger.connection.in_transaction


def test_no_room_is_told_and_room_helps(ledger: Ledger) -> None:
    """What is committed stays; the transaction that found no room left no trace."""
    begun = begin(ledger, target_no=target(ledger))
    pages = ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.connection.execute(f"PRAGMA max_page_count = {pages}")
    rows = [line(ledger, row, row) for row in range(2, 902)]
    with pytest.raises(StoppedEarly, match="There is no room for the ledger"):
        stage(ledger, begun.run_no, rows)
    assert list(lines_of(ledger, begun.run_no)) == []
    ledger.connection.execute("PRAGMA max_page_count = 100000")
    stage(ledger, begun.run_no, rows)
    assert len(list(lines_of(ledger, begun.run_no))) == 900


def test_a_lock_that_is_not_given_back_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on; whoever must write says who is in the way, and may be repeated: exit 5."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as viewer:
        viewer.execute("BEGIN IMMEDIATE")
        with Ledger(file.parent) as ledger:
            assert len(runs.listed(ledger)) == 0
            assert runs.find(ledger, 1) is not None
            with pytest.raises(StoppedEarly, match="Another program holds the lock"):
                runs.end(ledger, 1, finished=True)
            viewer.execute("ROLLBACK")
            runs.end(ledger, 1, finished=True)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_ledger_that_is_taken_away_is_written_no_more(ledger: Ledger, *, replaced: bool) -> None:
    """The system would let us write on into a file that nobody can open again."""
    kept = ledger.folder / "kept"
    shutil.move(ledger.file, kept)
    if replaced:
        shutil.copy(kept, ledger.file)
    with pytest.raises(StoppedEarly, match="was deleted or replaced"):
        target(ledger)
    ledger.file.unlink(missing_ok=True)
    shutil.move(kept, ledger.file)
    assert target(ledger) == 1


def test_without_its_log_the_ledger_is_as_it_was_before(file: Path) -> None:
    """Somebody copied one file of three: what the others held is lost, the rest can be used."""
    with Ledger(file.parent) as ledger:
        begin(ledger, target_no=1).lock.release()
        copied = file.parent.parent / "copy"
        copied.mkdir()
        shutil.copy(file, copied)
    with Ledger(copied) as ledger:
        assert runs.find(ledger, 2) is None
        assert len(list(lines_of(ledger, 1))) == 400


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_ledger_that_may_not_be_written_is_exit_2(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Somebody else's file, or a disk that was mounted read-only."""

    def refuse(*_given: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(ConfigError, match="cannot be written; give its rights to this user"):
        Ledger(file.parent)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_room_for_a_new_ledger_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """No space, no inode, no quota: exit 5, for it helps to make room."""

    def refuse(*_given: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(StoppedEarly, match="no room for the ledger"):
        Ledger(tmp_path)


def test_a_disk_without_shared_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQLite cannot have its log beside the file, several processes cannot share it."""

    class Stubborn(sqlite3.Connection):
        def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
            return super().execute("PRAGMA journal_mode" if "journal_mode" in sql else sql, values)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Stubborn))
    with pytest.raises(ConfigError, match="cannot share memory"):
        Ledger(tmp_path)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StoppedEarly),
        (errno.EMFILE, StoppedEarly),
        (errno.ENOLCK, StoppedEarly),
        (errno.EACCES, ConfigError),
        (errno.EROFS, ConfigError),
    ],
)
def test_a_lock_that_cannot_be_had_is_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[PipelineError]
) -> None:
    """Only a lock that is held means that somebody works there; nobody is taken for dead either."""

    def refuse(*_given: object) -> int:
        raise OSError(number, os.strerror(number))

    lock = Lock(tmp_path / "run.lock")
    lock.take()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(kind, match=r"run\.lock cannot be taken"):
        Lock(tmp_path / "run.lock").take()
    with pytest.raises(StoppedEarly):
        _ = Lock(tmp_path / "run.lock").held_elsewhere
    monkeypatch.undo()
    lock.release()


def test_a_network_drive_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    """A link into it is no way round; a folder beside it is fine."""
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    mounts = [Mount("/", "ext4"), Mount(str(share), "nfs4", "nas:/x")]
    for folder in (share, share / "state", tmp_path / "link" / "state"):
        with pytest.raises(ConfigError, match=r"nfs4.*--state-dir"):
            disks.refuse_network(folder, mounts)
    disks.refuse_network(tmp_path / "state", mounts)
    disks.refuse_network(tmp_path / "share-too", mounts)
    assert list(share.iterdir()) == []


def test_links_in_a_circle_are_left_to_the_opening(tmp_path: Path) -> None:
    """They are no network drive."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    disks.refuse_network(tmp_path / "a", [Mount("/", "nfs")])
    with pytest.raises(ConfigError, match="cannot be written"):
        Ledger(tmp_path / "a")


def test_this_machine_has_a_mount_table() -> None:
    """The root is in it, whatever the system."""
    assert any(mount.point == "/" for mount in disks.mount_table())


def test_a_system_that_tells_no_mounts_refuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No table and no program that prints one."""
    monkeypatch.setattr(disks, "_MOUNTINFO", tmp_path / "none")
    monkeypatch.setattr(disks, "_MOUNT", str(tmp_path / "none"))
    assert disks.mount_table() == []
