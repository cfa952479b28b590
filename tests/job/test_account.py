"""The account of a run: what its Summary and its report may tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.core.account import Account
from pipeline.core.claim import Claimed, Report
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.reply import Answer, NoAnswer, Verdict, judge
from pipeline.job.account import FIRST_ROWS, account_of, fix_command
from pipeline.job.summary import summarise
from pipeline.ledger import Ledger
from pipeline.ledger.claims import Claims
from pipeline.ledger.runs import Run, find
from tests.fakes.staged import NOW, staged, target
from tests.job.workbench import ADA, BO, HEAD, checked, write

REFUSED = b'{"Message":"no","ModelState":{"request.customer_info.city":["Ada Byron lives here"]}}'


def account(ledger: Ledger, run: Run, *, check: bool = False) -> Account:
    return account_of(ledger, run, summarise(ledger, run, check=check), check=check)


def told(ledger: Ledger, *lines: str, folder: Path) -> Account:
    found = checked(ledger, write(folder, HEAD, *lines))
    return account(ledger, found.plan.sheets[0].run, check=True)


def report(claim: Claimed, outcome: Outcome, step: NextStep, verdict: Verdict) -> Report:
    return Report(
        claim, outcome, step, "", 1, 0, verdict.http_status, None, NOW, None, verdict=verdict
    )


def sent(ledger: Ledger, *ends: tuple[Outcome, NextStep, Verdict]) -> Account:
    """Settle one order for each end, and leave one more that was never sent."""
    number = target(ledger)
    begun = staged(ledger, [(at + 1, f"a{at}") for at in range(len(ends) + 1)], target_no=number)
    claims = Claims(ledger, [begun.run_no], number, linger_seconds=30, alive=lambda _: False)
    claimed = claims.settle_and_claim([], len(ends), NOW)
    reports = [report(claim, *end) for claim, end in zip(claimed, ends, strict=True)]
    claims.settle_and_claim(reports, 0, NOW)
    run = find(ledger, begun.run_no)
    assert run is not None
    begun.lock.release()
    return account(ledger, run)


def groups(found: tuple[object, ...]) -> list[tuple[str, int, list[int]]]:
    return [(g.title, g.rows, [row.row for row in g.first]) for g in found]  # type: ignore[attr-defined]  # groups of an account


def test_errors_are_grouped_by_rule_most_first(ledger: Ledger, tmp_path: Path) -> None:
    """A row counts once, by its first error; rows are named in the order of the sheet."""
    found = told(
        ledger,
        f"1,{ADA.replace('Austin', '')},x",
        f"2,{ADA.replace('78701', '9')},x",
        f"3,{ADA.replace('78701', '8')},x",
        f"4,{BO},x",
        f"5,{ADA.replace('Austin', '').replace('Byron', '')},x",
        folder=tmp_path,
    )
    assert groups(found.to_fix) == [
        ("US ZIP missing or not 5 digits", 2, [3, 4]),
        ("city is empty", 1, [2]),
        ("last_name is empty", 1, [6]),
    ]
    assert found.to_fix[0].first[0].order_id == 2
    assert (found.outcomes["ready"], found.outcomes["invalid"]) == (1, 4)
    assert (found.check, found.live) == (True, False)


def test_conflicts_repairs_warnings_and_what_is_cleared(ledger: Ledger, tmp_path: Path) -> None:
    """Each is counted; an order without any address is told as such."""
    found = told(
        ledger,
        f"1,{ADA},x",
        f"1,{BO},x",
        f"2,{BO.replace('02134', '2134')},x",
        f"3,{ADA.replace('78701', '02134')},x",
        "4,,,,,,,,x",
        folder=tmp_path,
    )
    assert groups(found.to_fix) == [
        ("different addresses for one order", 2, [2, 3]),
        ("no row of the order has an address", 1, [6]),
    ]
    assert groups(found.warnings) == [("ZIP does not belong to the state", 1, [5])]
    assert found.repairs == (("ZIPs got their lost zero back", 1),)
    assert set(found.cleared) == {"company_name", "phone", "email", "address_order_po"}


def test_refusals_are_grouped_by_field_and_never_quoted(ledger: Ledger) -> None:
    """What the API says may hold an address; its field names are kept where they are ours."""
    refused = judge(Answer(400, REFUSED))
    odd = judge(Answer(400, REFUSED.replace(b"city", b"Ada Byron, 12 Analytical Way")))
    gone = judge(Answer(404, b'{"Message":"Order 7 of Ada"}'))
    silent = judge(Answer(422, b'{"Message":"Ada"}'))
    fix, ask = NextStep.FIX, NextStep.ASK
    found = sent(
        ledger,
        (Outcome.REJECTED, fix, refused),
        (Outcome.REJECTED, fix, odd),
        (Outcome.REJECTED, fix, gone),
        (Outcome.REJECTED, ask, silent),
    )
    assert [title for title, *_ in groups(found.to_fix)] == [
        "FinerWorks refused city",
        "FinerWorks refused it (HTTP 400)",
        "FinerWorks does not know the order",
        "FinerWorks refused it (HTTP 422) without naming a field",
    ]
    assert "Ada" not in repr(found)


def test_what_is_to_be_sent_again_says_why(ledger: Ledger) -> None:
    """Without an answer, turned away, in doubt; and what the run did not come to."""
    again = NextStep.SEND_AGAIN
    found = sent(
        ledger,
        (Outcome.UNKNOWN, again, judge(Answer(500, b""))),
        (Outcome.UNKNOWN, again, judge(NoAnswer(reached=True, what="the connection was cut"))),
        (Outcome.FAILED, again, judge(Answer(429, b""))),
        (Outcome.FAILED, again, judge(NoAnswer(reached=False, what="refused"))),
        (Outcome.UPDATED, NextStep.NOTHING, judge(Answer(200, b'{"success":true}'))),
    )
    assert [title for title, *_ in groups(found.to_send)] == [
        "may be stored or not (HTTP 500)",
        "may be stored or not (no answer came)",
        "turned away as too many (HTTP 429)",
        "FinerWorks could not be reached",
        "not sent, for the run stopped first",
    ]
    assert found.to_fix == ()
    assert found.requests == 5


def test_a_long_group_names_its_first_rows_only(ledger: Ledger, tmp_path: Path) -> None:
    """All are counted; the results sheet has them."""
    lines = [f"{n},{ADA.replace('Austin', '')},x" for n in range(1, FIRST_ROWS + 12)]
    (group,) = told(ledger, *lines, folder=tmp_path).to_fix
    assert (group.rows, len(group.first), group.more) == (FIRST_ROWS + 11, FIRST_ROWS, 11)


def test_the_command_for_corrected_rows_names_the_target(ledger: Ledger, tmp_path: Path) -> None:
    """And the sheet of order ids, where the sheet has none of its own."""
    run = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x")).plan.sheets[0].run
    assert fix_command(run, "a b.results.csv") == "address-pipeline apply 'a b.results.csv'"
    live = _changed(run, target_kind="live", mapping={"fields": {"order_po": "Name"}})
    assert fix_command(live, "o.csv") == "address-pipeline apply o.csv --ids FILE --live"
    custom = _changed(run, target_kind="custom", mapping={"base_url": "http://127.0.0.1:1"})
    assert fix_command(custom, "o.csv") == (
        "address-pipeline apply o.csv --base-url http://127.0.0.1:1"
    )


def _changed(run: Run, **changes: object) -> Run:
    return replace(run, **changes)  # type: ignore[arg-type]  # named by the test
