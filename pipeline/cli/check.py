"""``check``: everything up to sending, offline; says what would be sent and what would not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.session import Session
from pipeline.cli.showing import Again, check_lines, described_lines
from pipeline.cli.words import shown_path
from pipeline.core.errors import ConfigError, StoppedEarly
from pipeline.core.outcome import ExitCode
from pipeline.delivery import checking
from pipeline.job.choosing import SheetOptions
from pipeline.job.finish import Written
from pipeline.job.plan import Plan
from pipeline.job.summary import Summary
from pipeline.job.taking import Staged
from pipeline.ledger import Ledger

__all__ = ["run_check"]


def run_check(asked: Asked) -> Summary:
    """Check sheets in a ledger of its own that is thrown away; nothing is sent.

    Kept are fingerprints of what is to be fixed, to know later what was edited.
    """
    session = Session(asked)
    paths = session.sheets()
    sheet_options = session.sheet_options()
    with ExitStack() as stack:
        memory = _memory(session, stack)
        check = stack.enter_context(
            checking(session.loaded, sheet_options, session.known_target, memory)
        )
        sheets = check.sheets
        sheets.take(paths, session.open_sheet)
        plan = check.plan(resend=asked.resend)
        options = replace(session.results_options(check=True), memory=memory)
        summary, written = check.apply.finish(options, None)
        if memory is not None:
            check.remember(memory, written)
    session.screen.warn([one.note for one in written if one.note])
    if any(one.path is None for one in written):  # the check sheet is all that a check gives
        summary = replace(summary, stopped=ExitCode.USAGE, error=written[0].note)
    for failed in sheets.failed:
        session.screen.fail(str(failed.error))
    if asked.save_mapping:
        session.screen.tell(
            session.save_mappings([one.mapping for one in sheets.staged if one.mapping])
        )
    session.screen.give_json(summary.as_json())
    session.screen.sum_up(_lines(session, plan, sheets.staged, written, summary, sheet_options))
    return summary


def _memory(session: Session, stack: ExitStack) -> Ledger | None:
    """Give the ledger that knows our earlier check sheets, so that a new one replaces the old.

    It is opened first of all, so that the check's own ledger has its secret.
    """
    try:
        return stack.enter_context(Ledger(wiring.state_folder(session.config)))
    except (ConfigError, StoppedEarly):
        return None  # a check must work where nothing can be kept; it then takes another name


def _lines(
    session: Session,
    plan: Plan,
    staged: Sequence[Staged],
    written: Sequence[Written],
    summary: Summary,
    sheet_options: SheetOptions,
) -> list[str]:
    lines: list[str] = []
    for sheet, one in zip(plan.sheets, staged, strict=True):
        verbose = session.asked.verbose
        described = described_lines(one, verbose=verbose)
        lines += [*check_lines(sheet, described, ids=session.asked.ids), ""]
    if not plan.looked_back and plan.sheets and not session.asked.resend:
        lines.append(
            "Not looked at: what earlier runs confirmed (for that name the target, with its keys)."
        )
    paths = [shown_path(one.path) for one in written if one.path is not None]
    if paths:
        lines.append(f"Nothing was sent.   Look: {'   '.join(paths)}")
    doubted = bool(plan.findings) and not session.asked.accept_findings
    if doubted:
        lines.append("The sheet looks damaged: put it right and check it again. If it is right:")
    if plan.to_send:
        asked = session.asked
        made_up = sheet_options.ids is not None and sheet_options.ids.made_up
        if made_up:
            lines.append("The order ids are made up by the sandbox: good for trying out, no more.")
        flag = asked.target_flag or ("--sandbox" if made_up else "--live")
        again = Again(flag, asked.ids, asked.said, place=asked.place)
        command = again.command(*(str(path) for path in asked.sheets), anew=True)
        lines.append(f"Next: {command}{' --accept-findings' if doubted else ''}")
    elif summary.to_fix and paths:
        lines.append('Next: correct the rows whose next_step is "fix", save, and check again.')
    return lines
