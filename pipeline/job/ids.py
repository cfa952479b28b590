"""``ids``: the PO numbers of sheets → FinerWorks' answers → a sheet for ``--ids``.

Beside the four verbs: nothing is changed by asking, so there is no ledger to keep and nothing to
take up again. The sheet is written whole or not at all, for a half of it would pass for all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.core.clock import Clock
from pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    Interrupted,
    PipelineError,
    SheetError,
    StoppedEarly,
)
from pipeline.core.events import Progress
from pipeline.core.mapping import PoColumn, find_po_column, has_po_column
from pipeline.core.order_ids import bare_number, number_lost
from pipeline.core.order_lookup import PAIR_COLUMNS, Lookup, LookupReply, Pair, slices
from pipeline.core.reply import Decision
from pipeline.core.retrying import RetryPolicy
from pipeline.core.totals import is_total
from pipeline.job.apply import check_keys
from pipeline.job.choosing import (
    PREVIEW_ROWS,
    SheetOptions,
    fitting_worksheets,
    quoted,
    visible_worksheets,
)
from pipeline.job.finish import Written
from pipeline.job.own_worksheets import look_at, main_first
from pipeline.job.send import SendOptions
from pipeline.ledger import Ledger
from pipeline.ledger.runs import remember_written, written_by_us
from pipeline.sending import ApiClient, Gate, Questions
from pipeline.sheets import Sheet, place, sha256_of, temporary_beside
from pipeline.sheets.excel.results_out import MAX_EXCEL_ROWS
from pipeline.sheets.table_out import write_table

__all__ = ["Asking", "Numbers", "ids_name", "read_numbers", "write_pairs"]

_WIDTHS: Final = (24, 16, 24, 64)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The PO numbers of one sheet as its rows have them, and where they stand.

    ``damaged`` are those that Excel turned into something else; ``unread`` the rows whose cells
    may stand anywhere, so nothing was read from them.
    """

    column: PoColumn
    numbers: tuple[str, ...]
    damaged: frozenset[str]
    unread: tuple[int, ...]


def read_numbers(sheet: Sheet, options: SheetOptions) -> Numbers:
    """Read the PO numbers of a sheet; SheetError where there are none."""
    columns, flags = options.columns or {}, options.flags or {}
    name = sheet.info.name
    main, *further = [options.worksheet] if options.worksheet else _fitting(sheet, options)
    preview = sheet.preview(main, PREVIEW_ROWS)
    if not preview:
        raise SheetError(f"{name} is empty; nothing was asked.")
    found = find_po_column(preview, source=name, columns=columns, flags=flags)
    numbers: dict[str, None] = {}
    damaged: set[str] = set()
    unread = _read(sheet, main, found, numbers, damaged)
    for worksheet in further:  # of results: what was edited there is asked too
        preview = sheet.preview(worksheet, PREVIEW_ROWS)
        other = find_po_column(preview, source=name, columns=columns, flags=flags)
        _read(sheet, worksheet, other, numbers, damaged)
    if not numbers:
        raise SheetError(
            f'{name}: no order number stands under "{found.heading}"; name the right column: '
            "--map order_po=HEADING."
        )
    return Numbers(found, tuple(numbers), frozenset(damaged), tuple(unread))


def _read(
    sheet: Sheet, worksheet: str, found: PoColumn, numbers: dict[str, None], damaged: set[str]
) -> list[int]:
    """Read the numbers of a worksheet; gives the rows that cannot be read."""
    unread = []
    for record in sheet.records(worksheet):
        if record.row <= found.heading_row or record.blank:
            continue
        if record.problem:
            unread.append(record.row)
            continue
        cells = record.cells
        number = bare_number(cells[found.column]) if found.column < len(cells) else ""
        if not number or is_total(number):
            continue
        numbers[number] = None
        odd = record.odd.get(found.column) if record.odd else None
        if odd is not None and number_lost(number, odd):
            damaged.add(number)
    return unread


def _fitting(sheet: Sheet, options: SheetOptions) -> list[str]:
    """The only visible worksheet with PO numbers, or those of a results workbook together."""
    fitting = fitting_worksheets(
        sheet,
        lambda name: has_po_column(
            sheet.preview(name, PREVIEW_ROWS),
            columns=options.columns or {},
            flags=options.flags or {},
        ),
    )
    looked = [look_at(sheet, name) for name in fitting] if len(fitting) > 1 else []
    if len(fitting) == 1 or (looked and all(each.own is not None for each in looked)):
        return [each.worksheet for each in main_first(looked)] or fitting
    which = "several worksheets hold" if fitting else "no visible worksheet holds"
    names = quoted(fitting or visible_worksheets(sheet))
    raise SheetError(
        f"{sheet.info.name}: {which} order numbers ({names}); name one with --worksheet."
    )


class Asking:
    """Asks for all numbers of a lookup. Build one, then ``await run(client, gate, policy)``."""

    def __init__(
        self,
        lookup: Lookup,
        options: SendOptions,
        clock: Clock,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._lookup = lookup
        self._questions: Questions | None = None
        self._options = options
        self._clock = clock
        self._on_progress = on_progress
        self._begun = clock.monotonic()
        self._done = 0
        self._total = 0
        self._failures = 0
        self._answered = False
        self._stop: Interrupted | None = None
        self._task: asyncio.Task[object] | None = None

    @property
    def requests(self) -> int:
        """How many questions were sent, each try counted."""
        return self._questions.requests if self._questions else 0

    async def run(self, client: ApiClient, gate: Gate, policy: RetryPolicy) -> PipelineError | None:
        """Ask until every number is answered; gives what stopped it early, or ``None``."""
        if self._stop is not None:
            return self._stop
        self._questions = questions = Questions(client, gate, policy, self._clock)
        self._task = asyncio.current_task()
        try:
            if (refused := await check_keys(client)) is not None:
                return refused
            await self._ask_all(self._lookup.as_written(), questions)
            await self._ask_all(self._lookup.otherwise(), questions)
        except PipelineError as error:
            return error
        except asyncio.CancelledError:
            if self._stop is None or self._task is None:
                raise
            self._task.uncancel()
            return self._stop
        finally:
            self._task = None
        return None

    def interrupt(self, error: Interrupted) -> None:
        """Stop at once: an answer that is on its way is of no use without the others."""
        self._stop = error
        if self._task is not None:
            self._task.cancel()

    async def _ask_all(self, pos: Sequence[str], questions: Questions) -> None:
        self._total += len(pos)
        waiting = deque(slices(pos))
        count = min(self._options.workers, len(waiting))
        workers = [asyncio.create_task(self._work(waiting, questions)) for _ in range(count)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if pos and not self._answered:
            raise StoppedEarly(
                "FinerWorks' API answered no question as it should, so nothing was written; check "
                "the target (--live, --test or --base-url), then run the same command again."
            )

    async def _work(self, waiting: deque[Sequence[str]], questions: Questions) -> None:
        while waiting:
            await self._ask(waiting.popleft(), questions)

    async def _ask(self, pos: Sequence[str], questions: Questions) -> None:
        """Ask for some numbers; where that fails, for each half, to find the one to blame."""
        reply = await questions.ask(pos)
        if reply.verdict.decision is Decision.DONE:
            self._failures = 0
            self._answered = True
            self._lookup.take(reply.orders)
            self._show(len(pos), questions)
            return
        self._stop_if_due(reply)
        if len(pos) > 1:
            half = len(pos) // 2
            await self._ask(pos[:half], questions)
            await self._ask(pos[half:], questions)
            return
        if reply.unknown:
            self._answered = True
        else:
            self._lookup.give_up(pos[0], reply.trouble)
        self._show(1, questions)

    def _stop_if_due(self, reply: LookupReply) -> None:
        if reply.verdict.decision is Decision.STOP_KEYS:
            raise CredentialsRefused(
                f"FinerWorks did not take the two keys (HTTP {reply.verdict.http_status}), so "
                "nothing was written; check FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY, then "
                "run the same command again."
            )
        if reply.verdict.decision is Decision.STOP_TARGET:
            raise StoppedEarly(
                f"What answers there is not FinerWorks' API ({reply.trouble}), so nothing was "
                "written; check the target (--live, --test or --base-url), then run the same "
                "command again."
            )
        if reply.away:
            raise StoppedEarly(
                f"FinerWorks' API could not be asked ({reply.trouble}), so nothing was written; "
                "when it answers again, run the same command again."
            )
        self._failures += not reply.unknown
        if 0 < self._options.outage.after_failures <= self._failures:
            raise StoppedEarly(
                f"{self._failures} questions in a row failed ({reply.trouble}), so nothing was "
                "written; run the same command again later."
            )

    def _show(self, numbers: int, questions: Questions) -> None:
        """Tell the observer; one that breaks (a closed terminal, say) is not asked again."""
        self._done += numbers
        seconds = self._clock.monotonic() - self._begun
        counts = (questions.requests, questions.retries)
        try:
            self._on_progress(Progress(self._done, self._total, *counts, seconds))
        except Exception:  # noqa: BLE001  # whatever an observer does, the asking goes on
            self._on_progress = lambda _: None


def ids_name(sheet: Path, target: str) -> Path:
    """Name the sheet of pairs, beside the sheet: the target is in it unless it is live."""
    mark = "" if target == "live" else f"{target}-"
    return sheet.absolute().with_name(f"{sheet.stem}.{mark}ids.csv")


def write_pairs(
    pairs: Sequence[Pair], wanted: Path, *, source: Path, memory: Ledger | None
) -> Written:
    """Write the sheet for ``--ids``; whole or not at all, and never over somebody's work.

    ``memory`` knows what we wrote before. Raises ConfigError where it cannot be written.
    """
    wanted = wanted.absolute()
    note = ""
    if wanted.suffix.lower() == ".xlsx" and len(pairs) > MAX_EXCEL_ROWS:
        wanted = wanted.with_suffix(".csv")
        note = f"There are more lines than Excel takes, so the sheet is {wanted.name}."
    try:
        landed, sha256 = _write(pairs, wanted, source, memory)
    except OSError as error:
        raise ConfigError(
            f"{wanted.name} cannot be written there ({error.strerror or 'no room'}); "
            "name another place with -o, then run the same command again."
        ) from error
    if landed != wanted:
        note = f"{wanted.name} is there already or is locked; the order ids are in {landed.name}."
    if memory is not None:
        with suppress(StoppedEarly):  # a full disk: the sheet is there, only not remembered
            remember_written(memory, landed, str(source.absolute()), sha256)
    return Written(landed, note)


def _write(
    pairs: Iterable[Pair], wanted: Path, source: Path, memory: Ledger | None
) -> tuple[Path, str]:
    def ours(path: Path) -> bool:
        if memory is None:
            return False
        return written_by_us(memory, path, str(source.absolute()), sha256_of(path))

    with temporary_beside(wanted) as temp:
        write_table(
            temp,
            PAIR_COLUMNS,
            (pair.cells() for pair in pairs),
            kind=wanted.suffix.lower().removeprefix("."),
            widths=_WIDTHS,
            worksheet="Order ids",
        )
        sha256 = sha256_of(temp)
        return place(temp, wanted, ours=ours, like=source), sha256
