"""``ids``: get the order ids of a sheet's PO numbers, and write a sheet for ``--ids``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.loop import run_in_loop
from pipeline.cli.progress import ProgressLine
from pipeline.cli.session import Session
from pipeline.cli.signals import deaf, interrupted, polite
from pipeline.cli.words import clock_time, counted, shown_path
from pipeline.config import Keys
from pipeline.core.errors import ConfigError, PipelineError, StoppedEarly
from pipeline.core.order_ids import MADE_UP
from pipeline.core.order_lookup import MOST_PER_CALL, Lookup, Pair
from pipeline.core.outcome import ExitCode
from pipeline.core.row_words import named_rows
from pipeline.core.target import Target
from pipeline.delivery import reachable
from pipeline.job.choosing import SheetOptions
from pipeline.job.finish import Written
from pipeline.job.ids import Asking, Numbers, ids_name, read_numbers, write_pairs
from pipeline.ledger import Ledger
from pipeline.sending import ApiClient

__all__ = ["IDS_JSON_KEYS", "run_ids"]

IDS_JSON_KEYS: Final = (
    "schema",
    "target",
    "host",
    "asked",
    "found",
    "not_found",
    "several",
    "requests",
    "output",
    "exit_code",
    "error",
)
_STOPPED: Final = "Stopped on request; nothing was written, run the same command again."


def run_ids(asked: Asked) -> ExitCode:
    """Ask for the order ids and write them; what stops it is told in the command's own JSON."""
    session = Session(asked)
    told = _Told()
    try:
        return _Command(session, told).run()
    except (PipelineError, KeyboardInterrupt) as raised:
        error = raised if isinstance(raised, PipelineError) else interrupted(raised, _STOPPED)
        if not session.screen.as_json:
            raise error from None
        session.screen.fail(str(error))
        told.exit_code, told.error = error.exit_code, str(error)
        session.screen.give_json(told.as_json())
        return error.exit_code


@dataclass(slots=True)
class _Told:
    """What the JSON object says, as far as the command got."""

    target: str = ""
    host: str = ""
    asked: int = 0
    found: int = 0
    not_found: int = 0
    several: int = 0
    requests: int = 0
    output: str | None = None
    exit_code: ExitCode = ExitCode.OK
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        values = {"schema": 1, **{name: getattr(self, name) for name in IDS_JSON_KEYS[1:]}}
        return {**values, "exit_code": int(self.exit_code)}


class _Command:
    """The steps of one ``ids``."""

    def __init__(self, session: Session, told: _Told) -> None:
        self._session = session
        self._screen = session.screen
        self._told = told

    def run(self) -> ExitCode:
        session, told = self._session, self._told
        target = session.target()
        told.target, told.host = target.kind, wiring.host_of(target)
        wiring.rate_for(session.loaded, target)
        keys = session.keys(target)
        sheets = [*{path.absolute().resolve(): path for path in session.asked.sheets}.values()]
        wanted = self._wanted(sheets[0], target)
        numbers = self._read(sheets)
        lookup = Lookup(
            (number for one in numbers for number in one.numbers),
            {number for one in numbers for number in one.damaged},
        )
        told.asked = len(lookup.pos)
        self._show_plan(target, sheets, numbers)
        stopped = run_in_loop(lambda: self._ask(lookup, target, keys))
        if stopped is not None:
            raise stopped
        with deaf():  # writing is quick, and what was written is to be told
            written = self._write(self._pairs(lookup, target), wanted, sheets[0])
            self._count(lookup)
            told.output = str(written.path)
            self._tell(written, sheets)
        return told.exit_code

    def _wanted(self, sheet: Path, target: Target) -> Path:
        """Look at the place before anything is asked: asking may take minutes."""
        wanted = self._session.asked.output or ids_name(sheet, target.kind)
        if wanted.suffix.lower() not in (".csv", ".xlsx"):
            raise ConfigError(f"-o {wanted} must end in .csv or .xlsx.")
        if not wanted.absolute().parent.is_dir():
            raise ConfigError(f"-o {wanted}: there is no such folder; make it, or name another.")
        return wanted

    def _read(self, sheets: Sequence[Path]) -> list[Numbers]:
        session = self._session
        options = SheetOptions(
            worksheet=session.config.sheet.worksheet or None,
            columns=session.config.sheet.columns,
            flags=session.asked.mapped(),
        )
        read = []
        for path in sheets:
            with session.open_sheet(path) as sheet:
                read.append(read_numbers(sheet, options))
        return read

    def _show_plan(
        self, target: Target, sheets: Sequence[Path], numbers: Sequence[Numbers]
    ) -> None:
        lines = [f"{target.words}   {self._told.host}", ""]
        for path, one in zip(sheets, numbers, strict=True):
            shop = f" of {one.column.platform}" if one.column.platform else ""
            count = counted(len(one.numbers), "order number")
            lines.append(f'  {count} of {path.name}, from "{one.column.heading}"{shop}')
        lines.append(
            f"  FinerWorks is asked for {MOST_PER_CALL} at a time; nothing is changed there."
        )
        self._screen.tell(lines)
        for path, one in zip(sheets, numbers, strict=True):
            if one.unread:
                rows = named_rows(one.unread)
                self._screen.warn(f"{path.name}: {rows} cannot be read, so not asked for.")

    async def _ask(self, lookup: Lookup, target: Target, keys: Keys) -> PipelineError | None:
        session, clock = self._session, wiring.SystemClock()
        quiet = self._screen.quiet
        show = ProgressLine(live=self._screen.terminal and not quiet)
        options = wiring.send_options(session.config)
        asking = Asking(lookup, options, clock, (lambda _: None) if quiet else show)
        try:
            with polite(lambda number: asking.interrupt(interrupted(number, _STOPPED))):
                async with reachable(target) as reached:
                    calling = wiring.client_options(session.config, reached, keys)
                    async with ApiClient(calling) as client:
                        gate = wiring.gate_for(session.loaded, reached, clock)
                        return await asking.run(client, gate, wiring.retry_policy(session.config))
        finally:
            self._told.requests = asking.requests
            show.close()

    def _pairs(self, lookup: Lookup, target: Target) -> list[Pair]:
        pairs = lookup.pairs()
        if target.kind != "sandbox":
            return pairs
        return [
            replace(pair, note=MADE_UP) if pair.order_id is not None and not pair.note else pair
            for pair in pairs
        ]

    def _write(self, pairs: Sequence[Pair], wanted: Path, source: Path) -> Written:
        with ExitStack() as stack:
            memory: Ledger | None = None
            with suppress(
                ConfigError, StoppedEarly
            ):  # without it an earlier sheet of ours is not replaced
                memory = stack.enter_context(Ledger(wiring.state_folder(self._session.config)))
            return write_pairs(pairs, wanted, source=source, memory=memory)

    def _count(self, lookup: Lookup) -> None:
        told, counts = self._told, lookup.counts()
        told.found, told.several = counts["found"], counts["several"]
        told.not_found = counts["not_found"]
        if told.not_found or told.several:
            told.exit_code = ExitCode.ROWS_TO_SEE_TO

    def _tell(self, written: Written, sheets: Sequence[Path]) -> None:
        told = self._told
        if written.note:
            self._screen.warn(written.note)
        self._screen.give_json(told.as_json())
        shown = [f"{told.found:,} found"]
        shown += [f"{told.not_found:,} not found"] if told.not_found else []
        shown += [f"{told.several:,} in doubt"] if told.several else []
        lines = [f"Done {clock_time(datetime.now().astimezone())}.   " + "   ".join(shown)]
        if told.exit_code:
            lines.append(
                "  look at note in the sheet: it says why there is no order id, and what to do"
            )
        if told.target == "sandbox":
            lines.append("  the order ids are made up: for trying out, never for FinerWorks itself")
        path = shown_path(Path(told.output or ""))
        lines += [f"Order ids {path}", f"Next: {self._next(sheets, path)}"]
        self._screen.sum_up(lines)

    def _next(self, sheets: Sequence[Path], ids: str) -> str:
        asked = self._session.asked
        words = ["address-pipeline", "check", *map(str, sheets), "--ids", ids]
        for given in asked.maps:
            words += ["--map", given]
        if asked.worksheet is not None:
            words += ["--worksheet", asked.worksheet]
        if asked.config is not None:
            words += ["--config", str(asked.config)]
        return shlex.join(words)
