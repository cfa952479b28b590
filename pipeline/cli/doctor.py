"""``doctor``: look at everything a run needs, and say what to do; never shows a key."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.cli.doctoring.findings import Finding, Level
from pipeline.cli.doctoring.folder import look_at_folder
from pipeline.cli.doctoring.keys import look_at_keys
from pipeline.cli.doctoring.network import NO_TARGET, look_at_network
from pipeline.cli.doctoring.settings import look_at_settings
from pipeline.cli.doctoring.state import look_at_state
from pipeline.cli.flags import Asked
from pipeline.cli.loop import run_in_loop
from pipeline.cli.session import Session
from pipeline.core.outcome import ExitCode, combined_exit_code

__all__ = ["run_doctor"]

_MARKS: Final[dict[Level, str]] = {"ok": "ok  ", "note": "note", "bad": "BAD "}


def run_doctor(asked: Asked, folder: Path | None = None) -> ExitCode:
    """Look at all of it, and at a watched folder; ends with the gravest of what was found."""
    session = Session(asked)
    findings = [*look_at_settings(session), *look_at_keys(session), *look_at_state(session)]
    findings += look_at_folder(session, folder) if folder is not None else []
    findings += _network(session)
    code = combined_exit_code(one.code for one in findings)
    session.screen.give_json(
        {
            "schema": 1,
            "findings": [
                {"name": one.name, "level": one.level, "words": one.words} for one in findings
            ],
            "exit_code": int(code),
        }
    )
    session.screen.sum_up(f"  {_MARKS[one.level]}  {one.name:9}  {one.words}" for one in findings)
    bad = [one for one in findings if one.level == "bad"]
    session.screen.sum_up(
        ["", f"{len(bad)} to see to." if bad else "All is well. Next: address-pipeline check SHEET"]
    )
    return code


def _network(session: Session) -> list[Finding]:
    known = session.known_target()
    if known is None:
        return [NO_TARGET]
    target, keys = known
    return run_in_loop(lambda: look_at_network(session, target, keys))
