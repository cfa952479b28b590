"""The report of a run: one page that says how it went and what to do first."""

from __future__ import annotations

from typing import Final

from pipeline.core.account import Account
from pipeline.core.outcome import ExitCode, NextStep, Outcome
from pipeline.pages.families import families_of, headline, outcome_lines
from pipeline.pages.latency import latency_of
from pipeline.pages.pace import LANE, PLOT, pace_of
from pipeline.pages.row_lists import shown

__all__ = ["report_page"]


def report_page(account: Account, *, results: str, fix: str) -> str:
    """Give the whole page as HTML.

    ``results`` is the name of the results sheet that lies beside it, ``fix`` the command that sends
    the rows that were corrected there. The same values give the same bytes.
    """
    from pipeline.pages.engine import render  # no other command waits for the templates

    families = families_of(account)
    to_fix = shown(account.to_fix, "fix")
    counts = {family.kind: family.count for family in families}
    pace = pace_of(account.moments, account.learned_per_second)
    return render(
        "report.html.j2",
        ("report.css",),
        account=account,
        results=results,
        fix=fix,
        workbook=results.lower().endswith(".xlsx"),
        banner=_BANNERS.get(account.target, ""),
        headline=headline(account, families),
        families=families,
        person=counts["person"],
        held=any(group.outcome is Outcome.NOT_SENT for group in account.to_fix),
        again=counts["again"],
        ended=_ended(account),
        outcomes=tuple(outcome_lines(account)),
        to_fix=to_fix,
        to_ask=tuple(one for one in to_fix if one.group.next_step is NextStep.ASK),
        to_send=shown(account.to_send, "again"),
        warnings=shown(account.warnings, "warning"),
        pace=pace,
        seconds=pace.seconds if pace and pace.rests else account.seconds,
        plot=PLOT,
        lane_height=LANE,
        latency=latency_of(account.latency),
    )


_BANNERS: Final = {
    "test": "These corrections went to FinerWorks’ test host. It may or may not touch real orders.",
    "sandbox": "These corrections went to a stand-in on this computer. No real order was changed.",
    "custom": "These corrections went to a host that was named by its URL, not to FinerWorks’ own.",
}

_ENDINGS: Final = {
    ExitCode.OK: "Finished",
    ExitCode.ROWS_TO_SEE_TO: "Finished",
    ExitCode.CREDENTIALS: "Stopped: the keys were refused",
    ExitCode.STOPPED: "Stopped early",
    ExitCode.BUG: "Stopped by a mistake in address-pipeline",
    ExitCode.SIGINT: "Stopped by Ctrl-C",
    ExitCode.SIGTERM: "Stopped by the system",
}


def _ended(account: Account) -> str:
    if account.exit_code is None or account.ended_at is None:
        return "Still running, or cut off, when this page was written"
    known = account.exit_code in set(ExitCode)
    return _ENDINGS.get(ExitCode(account.exit_code), "Ended") if known else "Ended"
