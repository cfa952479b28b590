"""A signal that comes before the command has begun."""

from __future__ import annotations

from typing import NoReturn

import pytest
from typer.core import TyperGroup

from pipeline.cli import run
from pipeline.cli.signals import Terminated


@pytest.mark.parametrize(("came", "code"), [(Terminated, 143), (KeyboardInterrupt, 130)])
def test_a_signal_while_flags_are_read(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    came: type[KeyboardInterrupt],
    code: int,
) -> None:
    """Its own exit code, and one word: typer alone would end with 130 whatever came."""

    def broken_off(*_: object, **__: object) -> NoReturn:
        raise came

    monkeypatch.setattr(TyperGroup, "make_context", broken_off)
    assert run(["runs"]) == code
    assert capsys.readouterr().err == "Stopped.\n"
