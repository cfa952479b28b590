"""The command in this very process: as fast as a call, with the same streams and exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import run
from tests.functional.command import Ended, Place

Call = Callable[..., Ended]
FAST = {
    "ADDRESS_PIPELINE_RATE__START_PER_SECOND": "500",
    "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "500",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a home and a working folder that hold nothing yet; only what is about pace is paced."""
    made = Place(tmp_path)
    made.environ |= FAST
    return made


@pytest.fixture
def call(
    place: Place, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Run the command in ``place`` within this process."""

    def calling(*arguments: str | Path) -> Ended:
        for name in tuple(os.environ):
            monkeypatch.delenv(name)
        for name, value in place.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(place.work)
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return calling
