"""A hot folder in a place of its own, looked through by ``watch --once`` in this very process."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import openpyxl

from pipeline.cli.child import carry_out
from pipeline.watching.told import Told, Work
from tests.functional.command import COLUMNS, Ended, Place, write_sheet
from tests.functional.conftest import Call

__all__ = ["AtOnce", "HotFolder", "InThisProcess"]

QUICK = {
    "ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS": "0",
    "ADDRESS_PIPELINE_WATCH__POLL_SECONDS": "0.1",
    "ADDRESS_PIPELINE_RESULTS__REPORT": "false",
}


class AtOnce:
    """Does a sheet's work where it is asked for, in place of a process."""

    def __init__(self, work: Work) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self._told = carry_out(work)

    def poll(self) -> Told:
        """It has ended already, and told it as a process does."""
        return Told.of_output(self._told.code, self._told.as_line())

    def let_go(self) -> None:
        """Nothing is left to stop."""

    def kill(self) -> None:
        """Nothing is left to end."""


class InThisProcess:
    """Starts no processes."""

    kind: type[AtOnce] = AtOnce

    def __init__(self, *, debug: bool = False, logs: bool = False) -> None:
        assert not debug

    def start(self, work: Work) -> AtOnce:
        """Do the work here and now."""
        return self.kind(work)

    def prepare(self, *, wanted: bool, now: float) -> None:
        """Nothing takes its time."""

    def close(self) -> None:
        """Nothing is kept ready."""


class HotFolder:
    """The folder ``in`` of a place; ``call`` runs the command."""

    def __init__(self, place: Place, call: Call | None = None) -> None:
        place.environ |= QUICK
        self.place = place
        self.root = place.work / "in"
        self.root.mkdir(exist_ok=True)
        self._call = call

    def drop(
        self,
        name: str,
        rows: Iterable[Mapping[str, str]],
        columns: Iterable[str] = COLUMNS,
    ) -> Path:
        """Put a sheet into the inbox."""
        return write_sheet(self.root / name, rows, tuple(columns))

    def call(self, *arguments: str) -> Ended:
        """Run the command."""
        assert self._call is not None
        return self._call(*arguments)

    def once(self, url: str, *arguments: str) -> Ended:
        """Make one pass."""
        return self.call("watch", "in", "--once", "--base-url", url, *arguments)

    def auto(self, url: str, *arguments: str) -> Ended:
        """Make one pass that asks nobody."""
        return self.once(url, "--auto", *arguments)

    def files(self) -> dict[str, list[str]]:
        """Name all files by their folder, but for the page."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.name != "_STATUS.html":
                found.setdefault(str(path.relative_to(self.root).parent), []).append(path.name)
        return found

    def move(self, name: str, source: str, target: str) -> None:
        """Move a file as a person does."""
        (self.root / source / name).rename(self.root / target / name)

    @property
    def page(self) -> str:
        """The text of ``_STATUS.html``."""
        return (self.root / "_STATUS.html").read_text(encoding="utf-8")

    def outcomes(self, results: str) -> list[str]:
        """Give the outcome of each row of a results workbook."""
        book = openpyxl.load_workbook(self.root / results)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        at = rows[0].index("outcome")
        return [str(row[at]) for row in rows[1:]]
