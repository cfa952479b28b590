"""The same job for programs: rows or a sheet in, a :class:`Run` out.

``await apply_rows(rows, target=Target.live())`` takes mappings or a pandas DataFrame. A row's
failure never raises; a run that stopped does not either, for what was settled before it is worth
having: ``Run.error`` and ``Run.exit_code`` tell. :class:`ConfigError`, :class:`SheetError`,
:class:`Busy` and :class:`CredentialsRefused` (a :class:`StopRun`) for missing keys are raised
before anything is sent.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline import wiring
from pipeline.config import Keys, Loaded, find_keys, load_config
from pipeline.core.errors import ConfigError, PipelineError
from pipeline.core.events import Progress
from pipeline.core.outcome import ExitCode
from pipeline.core.results import HeadingLine, ResultRow, results_headings
from pipeline.core.target import Target
from pipeline.delivery import (
    Check,
    Delivery,
    checking,
    delivering,
    missing_columns,
    refuse_to_clear,
    sheet_options,
)
from pipeline.job.continuing import Wish
from pipeline.job.finish import ResultsOptions, result_lines
from pipeline.job.summary import Summary
from pipeline.ledger import Ledger
from pipeline.sheets import RowsSheet, Sheet

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "Run",
    "apply_rows",
    "apply_rows_sync",
    "apply_sheet",
    "apply_sheet_sync",
    "check_rows",
    "check_sheet",
]

Rows = Iterable[Mapping[str, Any]] | Any


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the rows. ``rows``: each with its own cells, then our columns.

    ``notes``: why a cut-off run of the same sheet was not continued, a sentence each.
    """

    run_id: str
    rows: tuple[dict[str, Any], ...]
    summary: Summary
    notes: tuple[str, ...] = ()

    @property
    def outcomes(self) -> dict[str, int]:
        """Rows by outcome; they add up to the rows."""
        return dict(self.summary.sheets[0].outcomes)

    @property
    def exit_code(self) -> ExitCode:
        """What the command would end with."""
        return self.summary.exit_code

    @property
    def findings(self) -> list[str]:
        """What looks wrong in the rows as a whole, a sentence each.

        Then nothing was sent, unless ``accept_findings`` was given.
        """
        return [finding.sentence for finding in self.summary.sheets[0].findings]

    @property
    def error(self) -> str | None:
        """Why the run stopped early, in one sentence."""
        return self.summary.error

    def to_frame(self) -> DataFrame:
        """Give the rows as a pandas DataFrame, text as text: no zero is lost."""
        from pandas import DataFrame

        return DataFrame(list(self.rows)).astype(
            dict.fromkeys(("http_status", "attempts", "row"), "Int64")
            | ({"success": "boolean"} if self.rows else {})
        )

    def __repr__(self) -> str:
        """Never show an address."""
        return f"Run({self.run_id!r}, {self.outcomes!r})"


async def apply_rows(
    rows: Rows,
    *,
    target: Target,
    keys: Keys | None = None,
    ids: Path | None = None,
    columns: Mapping[str, str] | None = None,
    resend: bool = False,
    missing: Literal["refuse", "clear"] = "refuse",
    accept_findings: bool = False,
    max_rate: float | None = None,
    state_dir: Path | None = None,
    config: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Run:
    """Correct the addresses of ``rows``: mappings of heading to value, or a DataFrame.

    ``columns`` says which heading holds a field (as ``--map``); ``missing="clear"`` that absent
    columns are meant to clear what is stored; ``accept_findings`` that rows are meant although
    they look damaged as a whole (:attr:`Run.findings`). ``keys`` default to those that the command
    would find. The rest is configured as for the command.
    """
    given = _Given(ids, columns, max_rate, state_dir, config, accept_findings=accept_findings)
    return await _apply(
        given, _opener(rows), target, keys, resend=resend, missing=missing, on_progress=on_progress
    )


async def apply_sheet(
    sheet: Path | str,
    *,
    target: Target,
    keys: Keys | None = None,
    ids: Path | None = None,
    columns: Mapping[str, str] | None = None,
    resend: bool = False,
    missing: Literal["refuse", "clear"] = "refuse",
    accept_findings: bool = False,
    max_rate: float | None = None,
    state_dir: Path | None = None,
    config: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Run:
    """Correct the addresses of a CSV or Excel file; no results sheet is written."""
    given = _Given(
        ids, columns, max_rate, state_dir, config, Path(sheet), accept_findings=accept_findings
    )
    return await _apply(
        given, None, target, keys, resend=resend, missing=missing, on_progress=on_progress
    )


def check_rows(
    rows: Rows,
    *,
    ids: Path | None = None,
    columns: Mapping[str, str] | None = None,
    accept_findings: bool = False,
    state_dir: Path | None = None,
    config: Path | None = None,
) -> Run:
    """Say what would be sent and what would not; nothing is sent or kept."""
    given = _Given(ids, columns, None, state_dir, config, accept_findings=accept_findings)
    return _check(given, _opener(rows))


def check_sheet(
    sheet: Path | str,
    *,
    ids: Path | None = None,
    columns: Mapping[str, str] | None = None,
    accept_findings: bool = False,
    state_dir: Path | None = None,
    config: Path | None = None,
) -> Run:
    """Check a CSV or Excel file; nothing is sent, written or kept."""
    given = _Given(
        ids, columns, None, state_dir, config, Path(sheet), accept_findings=accept_findings
    )
    return _check(given)


def apply_rows_sync(rows: Rows, *, target: Target, **options: Any) -> Run:
    """Do as :func:`apply_rows` does, for programs without an event loop."""
    _no_loop_here("apply_rows")
    return asyncio.run(apply_rows(rows, target=target, **options))


def apply_sheet_sync(sheet: Path | str, *, target: Target, **options: Any) -> Run:
    """Do as :func:`apply_sheet` does, for programs without an event loop."""
    _no_loop_here("apply_sheet")
    return asyncio.run(apply_sheet(sheet, target=target, **options))


def _no_loop_here(name: str) -> None:
    """A loop that runs (as in a notebook) would stand still: its own way is ``await``."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ConfigError(
        f"An event loop is running here already, so {name}_sync cannot start one; "
        f"nothing was sent. Write: await {name}(…)."
    )


def _opener(rows: Rows) -> Callable[[Path], Sheet]:
    """Rows may be there once only (a generator), and a sheet may be opened twice."""
    sheet = cache(lambda: RowsSheet(rows))
    return lambda _: sheet()


@dataclass(frozen=True, slots=True)
class _Given:
    """What a caller said about sheet and configuration."""

    ids: Path | None = None
    columns: Mapping[str, str] | None = None
    max_rate: float | None = None
    state_dir: Path | None = None
    config: Path | None = None
    path: Path | None = None
    accept_findings: bool = False

    def load(self) -> Loaded:
        loaded = load_config(
            file=self.config,
            environ=os.environ,
            flags={"rate.max_per_second": self.max_rate, "state_dir": self.state_dir},
            cwd=Path.cwd(),
            user_config_folder=wiring.config_folder(),
        )
        wiring.check_rule_ids(loaded.config)
        return loaded

    def sheet(self) -> Path:
        return self.path or Path("rows")


async def _apply(
    given: _Given,
    opener: Callable[[Path], Sheet] | None,
    target: Target,
    keys: Keys | None,
    *,
    resend: bool,
    missing: str,
    on_progress: Callable[[Progress], None],
) -> Run:
    loaded = given.load()
    wiring.rate_for(loaded, target)
    if keys is None:
        sandbox = target.kind == "sandbox"
        keys = wiring.SANDBOX_KEYS if sandbox else _find_keys()
    options = sheet_options(loaded, given.ids, given.columns)
    file = given.path is not None
    with (
        Ledger(wiring.state_folder(loaded.config)) as ledger,
        delivering(ledger, loaded, target, keys, options, lock_sheets=file) as job,
    ):
        open_sheet = opener or wiring.sheet_opener(loaded.config)
        job.sheets.take([given.sheet()], open_sheet, Wish(resend, given.accept_findings))
        if job.sheets.failed:
            raise job.sheets.failed[0].error
        plan = job.plan(resend=resend, stop_on_findings=not given.accept_findings)
        absent = missing_columns(job.sheets)
        if absent and missing != "clear" and not target.loopback:
            raise refuse_to_clear(f"no column for {', '.join(absent)}")
        stopped = await job.send(plan, "library", on_progress)
        run = _finished(job, stopped, ResultsOptions())
        if job.cancelled:
            raise asyncio.CancelledError
        return run


def _find_keys() -> Keys:
    return find_keys(os.environ, Path.cwd(), wiring.keychain())


def _check(given: _Given, opener: Callable[[Path], Sheet] | None = None) -> Run:
    loaded = given.load()
    options = sheet_options(loaded, given.ids, given.columns)
    with checking(loaded, options, lambda: None) as job:
        job.sheets.take([given.sheet()], opener or wiring.sheet_opener(loaded.config))
        if job.sheets.failed:
            raise job.sheets.failed[0].error
        job.plan(resend=False)
        return _finished(
            job, None, ResultsOptions(check=True, accept_findings=given.accept_findings)
        )


def _finished(job: Delivery | Check, stopped: PipelineError | None, options: ResultsOptions) -> Run:
    summary, _ = job.apply.finish(options, stopped, write=False)
    (run,) = job.sheets.runs()
    headings: tuple[str, ...] = ()
    rows: list[dict[str, Any]] = []
    for line in result_lines(job.ledger, run, check=options.check):
        if isinstance(line, HeadingLine):
            headings = results_headings(line.cells, run.width)
        elif isinstance(line, ResultRow):
            theirs = (*line.cells, *[""] * (run.width - len(line.cells)))
            rows.append(dict(zip(headings, (*theirs, *line.ours()), strict=True)))
    return Run(run.run_id, tuple(rows), summary, tuple(job.sheets.why_not))
