"""What a check leaves behind: nothing, also when it was killed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from pipeline.core.errors import StoppedEarly
from pipeline.ledger.scratch import PREFIX, STALE_SECONDS, scratch_folder


@pytest.fixture(autouse=True)
def _own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def _left(folder: Path, age_seconds: float) -> Path:
    folder.mkdir()
    (folder / "ledger.sqlite3").write_text("addresses")
    moment = time.time() - age_seconds
    os.utime(folder, (moment, moment))
    return folder


def test_the_folder_is_private_and_gone_at_the_end(tmp_path: Path) -> None:
    """Nobody else may read it meanwhile."""
    with scratch_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable that helps."""

    def full(**_named: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    with pytest.raises(StoppedEarly, match="TMPDIR"), scratch_folder():
        pass


def test_what_a_killed_check_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """Only old folders of our own name: a check that still runs, files and links stay."""
    stale = _left(tmp_path / f"{PREFIX}stale", STALE_SECONDS + 60)
    alive = _left(tmp_path / f"{PREFIX}alive", 60)
    other = _left(tmp_path / "other-stale", STALE_SECONDS + 60)
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(other)
    with scratch_folder():
        assert not stale.exists()
    assert (alive.exists(), other.exists(), link.is_symlink()) == (True, True, True)
