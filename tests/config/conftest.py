"""A place to load configuration from, with nothing of this machine's own in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Loaded, load_config


@dataclass
class Place:
    """A working folder, a user's configuration folder, and the door between them."""

    cwd: Path
    user: Path
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, path: Path | None = None) -> Path:
        """Write a configuration file, by default ./config.yaml; give its path."""
        path = path or self.cwd / "config.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def load(self, file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Loaded:
        """Load as the command does."""
        return load_config(
            file=file,
            environ=self.environ,
            flags=flags or {},
            cwd=self.cwd,
            user_config_folder=self.user,
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give two private folders."""
    folders = tmp_path / "work", tmp_path / "user"
    for folder in folders:
        folder.mkdir(mode=0o700)
    return Place(*folders)


GiveAway = Callable[[Path], None]


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> GiveAway:
    """Make a path belong to someone else: root really gives it away, others become another."""
    me = os.geteuid()

    def give(path: Path) -> None:
        if me == 0:
            os.chown(path, 54_321, -1)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: me + 1)

    return give
