"""The report as a person sees it: of made-up accounts of every kind, and of real runs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.core.account import Account, Group, GroupRow, Moment
from pipeline.core.outcome import NextStep, Outcome
from pipeline.pages import report_page
from tests.fakes.accounts import BEGUN, an_account
from tests.functional.command import PROJECT, Place, order, write_sheet
from tests.looks.browser import Looker
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

__all__ = ["KEPT", "look"]

KEPT: Final[Mapping[str, str]] = {
    "report-usual-desktop-light-top.png": "report.png",
    "report-usual-desktop-dark-top.png": "report-dark.png",
    "report-usual-phone-light-top.png": "report-phone.png",
}
_FIX: Final = "address-pipeline apply orders.results.xlsx --live"


def look(folder: Path) -> list[str]:
    """Draw and check every report; gives what is wrong."""
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as elsewhere, Looker.at_work(folder) as looker:
        reports = {name: _written(pages, name, one) for name, one in _accounts().items()}
        reports |= {
            name: _kept(pages, name, found) for name, found in _real(Path(elsewhere)).items()
        }
        for name, file in reports.items():
            print(f"report: {name}", file=sys.stderr)
            looker.draw(f"report-{name}", file)
            looker.check(f"report-{name}", file)
        return looker.wrong


def _written(pages: Path, name: str, account: Account) -> Path:
    file = pages / f"{name}.html"
    file.write_text(
        report_page(account, results="orders.results.xlsx", fix=_FIX), "utf-8", newline="\n"
    )
    return file


def _kept(pages: Path, name: str, found: Path) -> Path:
    file = pages / f"{name}.html"
    file.write_bytes(found.read_bytes())
    return file


def _accounts() -> dict[str, Account]:
    """Accounts at the edges of what a run can be."""
    none = dict.fromkeys(map(str, Outcome), 0)
    calm = an_account(
        to_fix=(),
        to_send=(),
        warnings=(),
        repairs=(),
        cleared=(),
        outcomes={**none, "updated": 4_003},
        order_outcomes={**none, "updated": 4_003},
        exit_code=0,
    )
    nothing = an_account(
        requests=0,
        retries=0,
        throttled=0,
        moments=(),
        latency=(),
        learned_per_second=None,
        sending_at=None,
        to_send=(),
        outcomes={**none, "invalid": 132},
        order_outcomes={**none, "invalid": 132},
        rows=132,
        orders=132,
        findings=("From row 14 on the cells stand one column to the right of their headings.",),
    )
    one = {**none, "updated": 1}
    return {
        "usual": an_account(),
        "calm": calm,
        "nothing-sent": nothing,
        "one-row": replace(
            calm,
            rows=1,
            orders=1,
            outcomes=one,
            order_outcomes=one,
            requests=1,
            moments=an_account().moments[:1],
            latency=(0, 0, 0, 0, 1, *([0] * 10)),
            learned_per_second=None,
            ended_at=BEGUN + 12.4,
            target="test",
            target_words="TEST HOST: may or may not touch real orders",
        ),
        "million": _million(none),
        "stopped": _stopped(none),
        "awkward": _awkward(),
    }


def _million(none: Mapping[str, int]) -> Account:
    """A million rows over a night, cut off once and continued the next morning."""
    rows = tuple(GroupRow(number, 4_100_000 + number) for number in range(2, 3_502, 7))
    counts = {**none, "updated": 812_345, "invalid": 187_000, "rejected": 655}
    begun = int(BEGUN)
    return an_account(
        rows=1_000_000,
        orders=1_000_000,
        outcomes=counts,
        order_outcomes=counts,
        to_send=(),
        to_fix=(
            *(
                Group(
                    f"kind of trouble number {number}",
                    "Correct the cell that reason names.",
                    Outcome.INVALID,
                    NextStep.FIX,
                    187_000 // number // 4,
                    rows,
                )
                for number in range(1, 15)
            ),
            Group(
                "FinerWorks refused it (HTTP 400) without naming a field",
                "Ask FinerWorks, with the order id and what reason quotes.",
                Outcome.REJECTED,
                NextStep.ASK,
                655,
                rows,
            ),
        ),
        moments=tuple(
            Moment(begun + second, 18 + second % 5, second % 7 == 0, int(second % 61 == 0), 0)
            for second in range(0, 60_000, 1)
            if not 40_000 <= second < 40_000 + 3_600
        )
        + tuple(Moment(begun + 150_000 + second, 19, 0, 0, 0) for second in range(4_000)),
        requests=1_003_211,
        retries=3_211,
        learned_per_second=19.4,
        ended_at=BEGUN + 154_000,
    )


def _stopped(none: Mapping[str, int]) -> Account:
    counts = {**none, "updated": 1_204, "unknown": 16, "not_sent": 2_783}
    return an_account(
        outcomes=counts,
        order_outcomes=counts,
        to_fix=(),
        to_send=(
            Group(
                "not sent, for the run stopped first",
                "Run the same command again: only such rows are sent.",
                Outcome.NOT_SENT,
                NextStep.SEND_AGAIN,
                2_783,
                tuple(GroupRow(number, 4_100_000 + number) for number in range(1_221, 1_721)),
            ),
            Group(
                "may be stored or not (no answer came)",
                "Run the same command again: only such rows are sent.",
                Outcome.UNKNOWN,
                NextStep.SEND_AGAIN,
                16,
                tuple(GroupRow(number, 4_100_000 + number) for number in range(1_205, 1_221)),
            ),
        ),
        error="FinerWorks did not answer for 5 min (connection refused); try again later.",
        go_on="address-pipeline resume 20261125-k3f9q2",
        exit_code=5,
        learned_per_second=None,
    )


def _awkward() -> Account:
    """Names that could break a page."""
    return an_account(
        source='<script>alert("x")</script> & ' + "very-long-name-without-a-space" * 6 + ".xlsx",
        worksheet="</title><img src=x onerror=alert(1)>",
        os_user="O'Brien <ada>",
        machine="m" * 90,
        target="custom",
        target_words="CUSTOM HOST",
        host="[2001:db8:0:0:0:0:0:1]:8443",
    )


def _real(elsewhere: Path) -> dict[str, Path]:
    """Reports of real runs: the samples in the sandbox, and a stub that is often in trouble."""
    place = Place(elsewhere)
    samples = place.run("apply", PROJECT / "samples" / "corrections.xlsx", "--sandbox", "-o", ".")
    assert samples.code == 1, samples.stderr
    rows = [order(600_000 + number) for number in range(160)]
    for row in rows[3::20]:
        row["zip_postal_code"] = ""
    write_sheet(place.work / "night.csv", rows)
    with StubApi(_trouble()) as stub:
        night = place.run("apply", "night.csv", "--base-url", stub.url, "--max-rate", "25")
    assert night.code == 1, night.stderr
    return {
        "sandbox": place.work / "corrections.report.html",
        "troubled": place.work / "night.report.html",
    }


def _trouble() -> api.Behaviour:
    """Some orders are refused, some fail at first, and now and then it is too much."""
    usual = api.by_order(
        {
            **{600_000 + number: api.modelstate_400 for number in range(5, 160, 30)},
            **{600_000 + number: api.not_found_order for number in range(17, 160, 50)},
            **{600_000 + number: api.sequence([api.server_error]) for number in range(9, 160, 25)},
        }
    )
    came = 0

    def behave(seen: Seen) -> Reply:
        nonlocal came
        came += 1
        return api.decide(api.too_many() if came % 45 == 44 else usual, seen)

    return behave
