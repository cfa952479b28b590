"""STAGE, or go on: how the sheets of one command get into the ledger.

Every sheet is staged before the first PUT, so that different addresses for one order are found
across sheets too. Where these very sheets have a cut-off run that may go on, it is taken up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.core.checking import RowChecker
from pipeline.core.clock import Clock
from pipeline.core.errors import PipelineError, SheetError, StoppedEarly
from pipeline.core.mapping import SheetMapping
from pipeline.core.said import Said
from pipeline.core.sheet_findings import EVERY_FINDING, Watching
from pipeline.job.choosing import Chosen, SheetOptions, choose, hidden_headings
from pipeline.job.continuing import AS_USUAL, PLAIN, Looked, Shape, Wish, find_cut_off, options_fp
from pipeline.job.staging import Staging
from pipeline.job.telling import columns_by_field
from pipeline.ledger import Ledger, Lock, lock_for_sheet, runs
from pipeline.ledger.cut_off import maybe_cut_off, take_up
from pipeline.ledger.runs import Begun, Run, RunFacts, Source
from pipeline.sheets import Sheet

__all__ = ["Failed", "Staged", "Taking"]


@dataclass(frozen=True, slots=True)
class Staged:
    """A sheet that lies in the ledger, and the lock that says we work on it.

    ``mapping`` is ``None`` where a run goes on without its sheet. ``hidden``: the headings of
    columns that are read although the sheet hides them. ``missing``: the optional fields without a
    column.
    """

    path: Path
    begun: Begun
    mapping: SheetMapping | None
    missing: tuple[str, ...] = ()
    encoding: str | None = None
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A sheet that could not be staged; nothing of it is sent."""

    path: Path
    error: PipelineError


class Taking:
    """The sheets of one command, staged or with their cut-off run taken up.

    ``shape``: what else shapes the payloads, to know later whether a cut-off run may go on.
    ``watching``: which findings about a sheet as a whole are looked for.
    ``lock_sheets`` is off for a check, which keeps nothing and disturbs nobody.
    """

    def __init__(
        self,
        ledger: Ledger,
        checker: RowChecker,
        sheet_options: SheetOptions,
        facts: RunFacts,
        clock: Clock,
        *,
        shape: Shape = PLAIN,
        watching: Watching = EVERY_FINDING,
        lock_sheets: bool = True,
    ) -> None:
        self._ledger = ledger
        self._checker = checker
        self._sheet_options = sheet_options
        self._facts = facts
        self._clock = clock
        self._shape = shape
        self._watching = watching
        self._lock_sheets = lock_sheets
        self._locks: list[Lock] = []
        self.continued: list[Run] = []
        """The cut-off runs that go on; of each sheet one, or none at all."""
        self.staged: list[Staged] = []
        self.failed: list[Failed] = []
        self.why_not: Sequence[str] = ()
        """Which cut-off runs of these sheets are not continued, and why: a sentence each."""

    def take(
        self, paths: Sequence[Path], open_sheet: Callable[[Path], Sheet], wish: Wish = AS_USUAL
    ) -> None:
        """Take up the cut-off run of these very sheets where it may go on, else stage them.

        What cannot be read is kept as :class:`Failed`.
        """
        free = [path for path in paths if self._lock(path)]
        if any(self._maybe_cut_off(path) for path in free):
            looked = [found for path in free if (found := self._look(path, open_sheet))]
            if self._continues(looked, wish):
                return
            free = [sheet.path for sheet in looked]
        for path in free:
            self._stage(path, open_sheet)

    def _maybe_cut_off(self, path: Path) -> bool:
        """Tell whether it is worth while to look at the sheets before they are staged."""
        try:
            size = path.stat().st_size
        except OSError:  # no file at all: rows of a program, or what cannot be opened either
            return True
        return maybe_cut_off(self._ledger, str(path.absolute()), size)

    def _lock(self, path: Path) -> bool:
        """Lock a sheet; not where another process has it, or its name is none."""
        try:
            _check_name(path)
            if self._lock_sheets:
                self._locks.append(lock_for_sheet(self._ledger.folder, path))
        except PipelineError as error:
            self.failed.append(Failed(path, error))
            return False
        return True

    def _look(self, path: Path, open_sheet: Callable[[Path], Sheet]) -> Looked | None:
        """Look what a sheet is and how it would be read."""
        try:
            with open_sheet(path) as sheet:
                chosen = choose(sheet, self._sheet_options)
                return Looked(
                    path,
                    sheet.info.kind,
                    sheet.info.sha256,
                    sheet.info.modified_ns / 1e9,
                    chosen.mapping,
                    options_fp(self._ledger, sheet, chosen, self._shape, self._facts),
                    sheet.info.encoding,
                    hidden_headings(sheet, chosen),
                )
        except PipelineError as error:
            self.failed.append(Failed(path, error))
            return None

    def _continues(self, looked: Sequence[Looked], wish: Wish) -> bool:
        found = find_cut_off(self._ledger, looked, self._facts, wish, self._clock.time())
        self.why_not = found.why_not
        if not found.runs:
            return False
        for sheet, begun in zip(looked, take_up(self._ledger, found.runs), strict=True):
            mapping = sheet.mapping
            self.staged.append(
                Staged(sheet.path, begun, mapping, mapping.missing, sheet.encoding, sheet.hidden)
            )
        self.continued = list(found.runs)
        return True

    def resume(self, found: Sequence[Run]) -> None:
        """Take up cut-off runs without their sheets, which need not be there any more."""
        for run in found:
            if run.source.kind != "rows":
                self._locks.append(lock_for_sheet(self._ledger.folder, Path(run.source.path)))
        for run, begun in zip(found, take_up(self._ledger, found), strict=True):
            missing = tuple(run.mapping.get("missing", ()))
            self.staged.append(Staged(Path(run.source.path), begun, None, missing))
        self.continued = list(found)

    def _stage(self, path: Path, open_sheet: Callable[[Path], Sheet]) -> None:
        try:
            with open_sheet(path) as sheet:
                self.staged.append(self._staged(path, sheet))
        except PipelineError as error:
            self.failed.append(Failed(path, error))

    def _staged(self, path: Path, sheet: Sheet) -> Staged:
        chosen = choose(sheet, self._sheet_options)
        info = sheet.info
        source = Source(
            path=str(path.absolute()),
            sha256=info.sha256,
            size_bytes=info.size_bytes,
            modified_at=info.modified_ns / 1e9,
            kind=info.kind,
            delimiter=info.delimiter,
            worksheet=chosen.worksheet,
        )
        begun = runs.begin(
            self._ledger,
            self._facts,
            source,
            _kept(chosen, self._sheet_options.said),
            self._clock.time(),
            options_fp=options_fp(self._ledger, sheet, chosen, self._shape, self._facts),
        )
        try:
            staging = Staging(
                self._ledger,
                begun.run_no,
                chosen,
                self._checker,
                self._sheet_options.ids,
            )
            staging.run(sheet, chosen.worksheet)
            findings = staging.findings(self._watching)
            runs.mark_staged(
                self._ledger,
                begun.run_no,
                width=staging.width,
                widths=staging.widths,
                findings=findings,
            )
        except BaseException:
            with suppress(StoppedEarly):  # what cannot be forgotten now is swept next time
                runs.discard(self._ledger, begun.run_no)
            begun.lock.release(remove=True)
            raise
        return Staged(
            path,
            begun,
            chosen.mapping,
            chosen.mapping.missing,
            info.encoding,
            hidden_headings(sheet, chosen),
        )

    @property
    def run_nos(self) -> list[int]:
        """The runs of the staged sheets, oldest first."""
        return [staged.begun.run_no for staged in self.staged]

    def runs(self) -> list[Run]:
        """Read the staged runs as the ledger tells them now."""
        found = (runs.find(self._ledger, number) for number in self.run_nos)
        return [run for run in found if run is not None]

    def discard(self) -> None:
        """Forget what was staged: nothing of it was sent."""
        with suppress(StoppedEarly):  # what cannot be forgotten now is swept next time
            for staged in self.staged:
                runs.discard(self._ledger, staged.begun.run_no)
        self.close()
        self.staged.clear()

    def close(self) -> None:
        """Give the locks back; the file of a run that may go on one day stays."""
        for staged in self.staged:
            run = runs.find(self._ledger, staged.begun.run_no)
            staged.begun.lock.release(remove=run is None or run.state == "finished")
        for lock in self._locks:
            lock.release()


def _check_name(path: Path) -> None:
    """A name that is no text cannot be written down, shown, or found again by a person."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        raise SheetError(
            f"{path.name!a}: the name of this file or its folder is not readable text; rename it."
        ) from None


def _kept(chosen: Chosen, said: Said) -> Mapping[str, object]:
    """What the ledger keeps of how a sheet is read, to tell of the run without it."""
    mapping = chosen.mapping
    fields = {field: mapping.headings[index] for field, index in mapping.fields.items()}
    return {
        "fields": fields,
        "columns": columns_by_field(mapping),
        "platform": mapping.platform,
        "missing": mapping.missing,
        "of_results": chosen.own is not None,
        "said": asdict(said),
    }
