"""The process that does the work of one sheet for ``watch``: it is told on stdin, and tells once.

When its stdin ends it stops as after SIGTERM: its watcher wants it to, or was killed, and nobody
must send on without anyone looking. ``python -m pipeline.cli.child`` is for ``watch`` alone.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TextIO

from pipeline.cli.bounds import bound_this_process
from pipeline.cli.ends import told, trace_of
from pipeline.cli.flags import Asked
from pipeline.cli.signals import Terminated, interrupted, listen
from pipeline.core.outcome import ExitCode
from pipeline.watching.told import Told, Work
from pipeline.watching.worker import DEBUG

if TYPE_CHECKING:  # imported once the leash is held and memory is bounded
    from pipeline.cli.session import Session
    from pipeline.delivery import Delivery
    from pipeline.job.plan import Plan
    from pipeline.job.summary import Summary
    from pipeline.sheets import Sheet

__all__ = ["carry_out", "main"]

_SLOW: Final = (
    "pipeline.cli.apply",
    "pipeline.job.send",
    "pipeline.sending",
    "pipeline.sheets.excel.results_out",
)
_PATHS: Final = ("config", "ids", "state_dir")


class _NewPreview(Exception):
    """Nothing was sent, for what would be is not what somebody said yes to."""


def main() -> None:
    """Do the work that stdin tells of, and leave with its exit code."""
    out = sys.stdout.buffer
    sys.stdout = io.StringIO()  # what the command says to people is for nobody here
    if DEBUG not in sys.argv:
        sys.stderr = _LogOnly(sys.stderr)
    bound_this_process()
    _get_ready()
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(int(ExitCode.SIGTERM))
    _hold_the_leash()
    listen()
    ended = carry_out(Work.of_line(line))
    _tell(out, ended)
    sys.exit(ended.code)


class _LogOnly(io.StringIO):
    """Lets through the log's lines, where they go to stderr, and nothing that is for people."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str, /) -> int:
        """Write a line of the log; to_stderr hands each over whole."""
        if text.startswith('{"time": '):
            self._stream.write(text)
            self._stream.flush()
        return len(text)


def _get_ready() -> None:
    """Import what takes its time while the sheet is still settling."""
    for name in _SLOW:
        importlib.import_module(name)


def _tell(out: IO[bytes], ended: Told) -> None:
    try:
        out.write(ended.as_line())
        out.flush()
    except OSError:  # the watcher is gone; the ledger tells the next one
        pass


def _hold_the_leash() -> None:
    """Be hung up on, as by a closed terminal, when stdin ends; after a signal that is no other."""
    hang_up = signal.Signals["SIGBREAK" if sys.platform == "win32" else "SIGHUP"]
    signal.signal(hang_up, signal.SIG_DFL)  # under nohup it would be ignored
    main_thread = threading.main_thread().ident or 0

    def wait() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        if sys.platform == "win32":
            import _thread

            _thread.interrupt_main(hang_up)
        else:
            signal.pthread_kill(main_thread, hang_up)

    threading.Thread(target=wait, daemon=True).start()


def carry_out(work: Work) -> Told:
    """Do the work; whatever happens becomes what is told."""
    worker = _Worker(work)
    try:
        return worker.run()
    except KeyboardInterrupt as stop:
        stopped = interrupted(stop, "Stopped.")
        code = ExitCode.SIGTERM if isinstance(stop, Terminated) else stopped.exit_code
        return Told(int(code), "Stopped.", began=worker.began)
    except _NewPreview as error:
        return Told(int(ExitCode.USAGE), str(error), began=True, preview=True)
    except Exception as error:  # noqa: BLE001  # the one place where all ends meet
        sys.stderr.write(trace_of(error))
        sentence, code = told(error)
        return Told(int(code), sentence, began=worker.began)


class _Worker:
    """One sheet's work, as the command does it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.began = False

    def run(self) -> Told:
        """Do it."""
        asked = _asked(self._work)
        session = self._session(asked)
        if self._work.task == "probe":
            return self._probe(session)
        return self._check(session) if self._work.task == "check" else self._apply(session)

    def _session(self, asked: Asked) -> Session:
        from pipeline.cli.session import Session

        worker = self

        class _Alone(Session):
            """A command that nobody attends; from the first look at the sheet on it may be why."""

            def open_sheet(self, path: Path) -> Sheet:
                worker.began = True
                return super().open_sheet(path)

        # Excel strips a CSV's zeros, and whoever drops sheets opens them in Excel.
        environ = {**os.environ, "ADDRESS_PIPELINE_RESULTS__KIND": "xlsx"}
        # The watcher names the config file it has: one that was dropped since is nobody's.
        return _Alone(asked, environ, attended=False, search_config=False)

    def _probe(self, session: Session) -> Told:
        from pipeline.cli.loop import run_in_loop
        from pipeline.delivery import probe

        target = session.target()
        keys = session.keys(target)
        wrong = run_in_loop(lambda: probe(session.loaded, target, keys))
        if wrong is not None:
            return Told(int(wrong.exit_code), str(wrong))
        return Told(0)

    def _check(self, session: Session) -> Told:
        from pipeline import wiring
        from pipeline.delivery import checking
        from pipeline.ledger import Ledger
        from pipeline.ledger.approvals import digest_of, shown

        target = session.target()
        keys = session.keys(target)
        options = session.sheet_options()
        known = None if target.kind == "sandbox" else (target, keys)
        with (
            Ledger(wiring.state_folder(session.config)) as memory,
            checking(session.loaded, options, lambda: known, memory) as check,
        ):
            check.sheets.take([Path(self._work.sheet)], session.open_sheet)
            if check.sheets.failed:
                raise check.sheets.failed[0].error
            plan = check.plan(resend=False)
            run, staged = check.sheets.runs()[0], check.sheets.staged[0]
            digest = digest_of(check.ledger, run, target_no=check.target_no, missing=staged.missing)
            results = replace(session.results_options(check=True), memory=memory)
            summary, written = check.apply.finish(results, None)
            check.remember(memory, written)
            if written[0].path is not None or not plan.to_send:
                shown(memory, run.source.sha256, check.target_no or 0, digest, time.time())
        return _told(summary, to_send=plan.to_send)

    def _apply(self, session: Session) -> Told:
        from pipeline.cli.apply import apply_sheets

        return _told(apply_sheets(session, session.target(), _Demand(self._work)))


def _asked(work: Work) -> Asked:
    values: dict[str, Any] = dict(work.asked)
    for name in _PATHS:
        values[name] = Path(values[name]) if values.get(name) else None
    values["maps"] = tuple(values.get("maps", ()))
    if work.task == "approved":  # the preview showed both
        values |= {"accept_findings": True, "missing": "clear"}
    return Asked(
        **values,
        sheets=(Path(work.sheet),) if work.sheet else (),
        output=Path(work.output) if work.output else None,
        yes=True,
        quiet=True,
    )


class _Demand:
    """What a hot folder demands of a plan: that it is the one that was shown, or small enough."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.words = "approved in the folder" if work.task == "approved" else "watch"
        self.goes_on_with = self.words if work.task == "approved" else ""

    def refuse(self, job: Delivery, plan: Plan) -> None:
        """Raise where a new preview is needed first."""
        if plan.continued:
            return  # approved before it was begun, and nothing of it can have changed
        if self._work.task == "approved":
            self._as_shown(job, plan)
        elif sum(sheet.rows for sheet in plan.sheets) > self._work.most_rows:
            raise _NewPreview(
                f"It has more rows than watch.max_rows ({self._work.most_rows:,}), so somebody has "
                "to approve it."
            )

    @staticmethod
    def _as_shown(job: Delivery, plan: Plan) -> None:
        from pipeline.ledger.approvals import digest_of, was_shown

        run, staged = plan.sheets[0].run, job.sheets.staged[0]
        number = 0 if job.target.kind == "sandbox" else job.target_no
        known = was_shown(job.ledger, run.source.sha256, number)
        if known is None:
            raise _NewPreview("Nobody was shown yet what it would send.")
        if known != digest_of(job.ledger, run, target_no=job.target_no, missing=staged.missing):
            raise _NewPreview(
                "Since its preview something changed (another run sent to one of its orders, or it "
                "is read in another way now), so look at the new one."
            )


def _told(summary: Summary, *, to_send: int = 0) -> Told:
    values = summary.as_json()
    run = values["runs"][0] if values["runs"] else {}
    return Told(
        code=int(summary.exit_code),
        error=summary.error,
        began=True,
        to_send=to_send,
        rows=summary.sheets[0].rows if summary.sheets else 0,
        run_id=run.get("run_id") or None,
        source_sha256=run.get("source_sha256", ""),
        beside=tuple(path for name in ("results", "report") if (path := run.get(name))),
        summary=values,
    )


if __name__ == "__main__":
    main()
