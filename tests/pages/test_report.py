"""The report: what it tells, and that it is one page which a browser can trust and everybody read.

How it looks is seen by ``make looks``.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.account import Account, Group, GroupRow
from pipeline.core.outcome import NextStep, Outcome
from pipeline.pages import report_page
from tests.examples import examples
from tests.fakes.accounts import an_account, rows
from tests.pages.reading import PageRead, read_page

NONE: Final = dict.fromkeys(map(str, Outcome), 0)
ASKED: Final = Group(
    "FinerWorks refused it (HTTP 400) without naming a field",
    "Ask FinerWorks, with the order id and what reason quotes.",
    Outcome.REJECTED,
    NextStep.ASK,
    3,
    rows(7, 8, 9),
)


def _html(account: Account, results: str = "orders.results.xlsx") -> str:
    return report_page(account, results=results, fix=f"address-pipeline apply {results} --live")


def _page(account: Account | None = None, results: str = "orders.results.xlsx") -> PageRead:
    return read_page(_html(account or an_account(), results))


def _counts(**counts: int) -> dict[str, Any]:
    told = {**NONE, **counts}
    total = sum(counts.values())
    return {"outcomes": told, "order_outcomes": told, "rows": total, "orders": total}


def _calm(**changes: Any) -> Account:
    return an_account(**{"to_fix": (), "to_send": (), **_counts(updated=9), **changes})


def _told(page: PageRead, name: str) -> str:
    return " ".join(page.by_id(name).text.split())


EDGES: Final = {
    "usual": an_account(),
    "calm": _calm(exit_code=0),
    "one row": _calm(**_counts(updated=1), requests=1, moments=an_account().moments[:1]),
    "nothing sent": an_account(
        **_counts(invalid=4), requests=0, moments=(), latency=(), sending_at=None, to_send=()
    ),
    "empty": _calm(**_counts(), requests=0, moments=(), latency=(), sending_at=None),
    "cut off": an_account(ended_at=None, exit_code=None),
    "stopped": an_account(exit_code=5, error="It is down.", go_on="address-pipeline resume R"),
    "asked": an_account(to_fix=(ASKED,)),
}
every_edge = pytest.mark.parametrize("account", EDGES.values(), ids=list(EDGES))


@every_edge
def test_a_page_needs_nothing_else(account: Account) -> None:
    """No script, nothing from any network, and a policy that would stop both."""
    html = _html(account)
    page = read_page(html)
    assert page.all("script", "link", "img", "iframe", "object", "base", "form") == []
    assert [
        one for one in page.elements if any(name.startswith("on") for name in one.attributes)
    ] == []
    assert [one for one in page.elements if "style" in one.attributes] == []
    assert re.findall(r"https?:|//|url\((?!#)|@import", html) == []
    (style,) = page.all("style")
    digest = b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


@every_edge
def test_whoever_hears_a_page_finds_the_way(account: Account) -> None:
    """One heading at the top and no level skipped; landmarks; links that lead somewhere."""
    page = _page(account)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4")]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    links = [one.attributes["href"] for one in page.all("a")]
    assert links[0] == "#main"
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    labels = [one.attributes.get("aria-labelledby", "") for one in page.elements]
    assert {name for label in labels for name in label.split()} <= set(ids)
    used = re.findall(r"url\(#([\w-]+)\)", _html(account))
    assert set(used) <= set(ids)


@every_edge
def test_tables_and_pictures_can_be_read_aloud(account: Account) -> None:
    """A table has a caption and headings with a scope; a picture is named or is but decoration."""
    page = _page(account)
    captions = [one.within for one in page.all("caption")]
    assert all(table in captions for table in page.all("table"))
    assert {one.attributes.get("scope") for one in page.all("th")} <= {"col", "row"}
    for picture in page.all("svg"):
        named = picture.attributes.get("role") == "img"
        assert named is not (picture.attributes.get("aria-hidden") == "true")
        if named:
            title, desc = (page.by_id(n) for n in picture.attributes["aria-labelledby"].split())
            assert title.text.strip()
            assert desc.text.strip()


def test_what_to_do_stands_in_front() -> None:
    """The numbers, then what to do, then what to fix first: before any other section."""
    page = _page()
    sections = [one.text.strip() for one in page.all("h2")]
    assert sections[:2] == ["What to do next", "What to fix first"]
    assert [one.text for one in page.all("h1")] == [
        "132 of 4,003 orders need a person, 5 are to be sent again."
    ]
    tiles = [" ".join(one.text.split()) for one in page.classed("tile")]
    assert [re.match(r"([\d,]+) (updated|nothing to send|to fix|to send again) ", t) for t in tiles]
    assert [tile.split()[0] for tile in tiles] == ["3,806", "60", "132", "5"]


def test_every_group_is_there_with_its_rows() -> None:
    """Each has its title, what to do, how many rows, and which; the list above leads to it."""
    account = an_account()
    page = _page(account)
    links = {one.attributes["href"]: " ".join(one.text.split()) for one in page.all("a")}
    for kind, groups in (("fix", account.to_fix), ("again", account.to_send)):
        for number, group in enumerate(groups, 1):
            told = _told(page, f"{kind}-{number}")
            assert told.startswith(f"{group.rows:,} {group.title} {group.todo} Row")
            if kind == "fix":
                assert links[f"#fix-{number}"] == f"{group.rows:,} {group.title}"
    assert _told(page, "fix-1").endswith("Rows 14, 77, 102, 200–277")
    assert _told(page, "fix-4").endswith("Rows 205, 911, 912, 3990")


def test_a_large_group_names_some_rows_and_says_where_the_rest_is() -> None:
    """A million rows make no page that nobody can open."""
    first = tuple(GroupRow(number, None) for number in range(2, 1_002, 2))
    group = Group("zip is empty", "Fill it in.", Outcome.INVALID, NextStep.FIX, 187_000, first)
    page = _page(an_account(to_fix=tuple([group] * 12)))
    told = _told(page, "fix-12")
    assert "Rows 2, 4, 6," in told
    assert "1000" in told
    assert "The first 500 of 187,000; orders.results.xlsx has them all." in told
    assert len([one for one in page.all("details") if one.inside("article")]) == 12
    assert "5 more groups" in page.words


def test_order_ids_are_named_where_somebody_needs_them() -> None:
    """To ask FinerWorks, or to look an order up that may be stored; elsewhere rows are enough."""
    page = _page(an_account(to_fix=(ASKED, *an_account().to_fix)))
    assert "Order ids 4100007, 4100008, 4100009" in _told(page, "fix-1")
    assert "Order ids" not in _told(page, "fix-2")
    assert "Order ids 4102718, 4103141" in _told(page, "again-2")
    assert "Ask FinerWorks about 3 rows" in page.words


def test_the_commands_go_on() -> None:
    """What was corrected is applied, what stopped is resumed."""
    page = _page(EDGES["stopped"])
    commands = [one.text for one in page.all("pre")]
    assert commands == [
        "address-pipeline resume R",
        "address-pipeline apply orders.results.xlsx --live",
    ]
    assert "Stopped early" in page.words
    assert "It is down." in page.words


def test_without_a_command_of_its_own_the_same_one_goes_on() -> None:
    """So does a run that ended with rows to send again."""
    page = _page()
    assert "Send 5 orders again. Run the same command again: only those are sent." in page.words


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ("orders.results.xlsx", "open the worksheet To fix"),
        ("orders.results.csv", "look for fix and ask FinerWorks under next_step"),
    ],
)
def test_it_says_where_the_rows_to_fix_stand(results: str, said: str) -> None:
    """A workbook has a worksheet for them, a CSV a column."""
    assert said in _page(results=results).words


@pytest.mark.parametrize(
    ("target", "words", "said"),
    [
        ("test", "TEST HOST: may or may not touch real orders", "It may or may not touch real"),
        ("sandbox", "SANDBOX", "No real order was changed."),
        ("custom", "CUSTOM HOST", "not to FinerWorks’ own"),
    ],
)
def test_what_was_not_live_is_said_first(target: str, words: str, said: str) -> None:
    """A banner above everything else; a live run has none."""
    page = _page(an_account(target=target, target_words=words))
    (banner,) = page.classed("banner")
    assert words in banner.text
    assert said in banner.text
    assert page.words.index(words) < page.words.index("orders.xlsx")
    assert _page().classed("banner") == []


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (_calm(), "All 9 orders are settled: nothing is left to do."),
        (_calm(**_counts(unchanged=1)), "The order is settled: nothing is left to do."),
        (_calm(**_counts()), "No order was found in this sheet."),
        (_calm(**_counts(invalid=1)), "The order needs a person."),
        (_calm(**_counts(failed=1)), "The order is to be sent again."),
        (_calm(**_counts(updated=2, invalid=1)), "1 of 3 orders needs a person."),
        (_calm(**_counts(updated=2, unknown=1)), "1 of 3 orders is to be sent again."),
        (_calm(**_counts(not_sent=1_200)), "All 1,200 orders are to be sent again."),
    ],
)
def test_the_headline_says_how_it_stands(account: Account, said: str) -> None:
    """One sentence, also of one order and of none."""
    assert [one.text for one in _page(account).all("h1")] == [said]


def test_where_nothing_is_left_it_is_calm() -> None:
    """No list of things to do, no section of things to fix."""
    page = _page(EDGES["calm"])
    assert "Nothing. Every order of this sheet is settled." in page.words
    headings = [one.text.strip() for one in page.all("h2")]
    assert not {"What to fix first", "To fix", "To send again"} & set(headings)


def test_rows_held_back_wait_for_a_person() -> None:
    """They were not sent because of what was found about the sheet as a whole."""
    held = Group("held back", "Look.", Outcome.NOT_SENT, NextStep.FIX, 8, rows(*range(2, 10)))
    page = _page(
        _calm(**_counts(not_sent=8), to_fix=(held,), findings=("The cells stand shifted.",))
    )
    assert [one.text for one in page.all("h1")] == ["All 8 orders need a person."]
    assert "The cells stand shifted." in page.words
    steps = [" ".join(one.text.split()) for one in page.all("li") if one.inside("section")]
    assert steps[0].startswith("Look at the sheet as a whole.")
    assert "add --accept-findings to the command" in steps[0]


def test_the_facts_of_the_run_are_there() -> None:
    """Who ran what, when, with which file: enough to know it again."""
    facts = " ".join(" ".join(one.text.split()) for one in _page().all("dl"))
    for fact in (
        "20261125-k3f9q2",
        "LIVEapi.finerworks.com",
        "25 Nov 2026, 09:46:40 UTC",
        "25 Nov 2026, 09:59:52 UTC",
        "orders.xlsx, worksheet Orders",
        "812 kB (812,345 bytes)",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "4,003 rows, 4,003 orders",
        "3,902, 85 retries, 61 too many",
        "5.2/s",
        "ada on laptop",
        "typed 3871",
        "address-pipeline 0.1.0",
    ):
        assert fact in facts


def test_repairs_warnings_and_cleared_columns_are_counted() -> None:
    """What was changed or doubted without being asked stands there too."""
    page = _page()
    words = page.words
    repairs = [[cell.text for cell in line] for line in page.lines(*page.classed("counted"))]
    assert repairs == [
        ["ZIPs got their lost zero back", "598"],
        ["country names turned into codes", "14"],
    ]
    assert "17 phone cannot be right Check the phone. Rows 30–46" in words
    assert "no column for address_order_po" in words
    assert "no column" not in _page(_calm(**_counts(invalid=4))).words


def test_the_pace_is_drawn_and_told() -> None:
    """The picture has a table with the same numbers; what was turned away has a lane of its own."""
    account = an_account()
    page = _page(account)
    assert "Turned away as too many (429, 503): 19" in _told(page, "pace-desc")
    told = [[cell.text for cell in line] for line in page.lines(*page.classed("narrow"))]
    assert len(told) == 78  # 780 seconds by tens
    assert told[0][:2] == ["from 0", "53"]
    for column, name in enumerate(("sent", "throttled", "failed", "retried"), 1):
        numbers = [int(line[column].replace(",", "")) for line in told]
        assert sum(numbers) == sum(getattr(moment, name) for moment in account.moments)
    drawn = [one for one in page.classed("bar") if one.tag == "rect"]
    assert len(drawn) == sum(1 for line in told if line[1] != "0") == 74
    assert page.classed("learned") != []


def test_too_little_for_a_picture_is_told_in_words() -> None:
    """A run of a second has no pace, one that sent nothing none at all."""
    assert "too little for a picture" in _page(EDGES["one row"]).words
    assert "Nothing was sent in this run" in _page(EDGES["nothing sent"]).words


def test_the_same_account_gives_the_same_bytes() -> None:
    """Nothing of the moment or the machine is in it."""
    assert _html(an_account()) == _html(an_account())


NASTY: Final = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</title><script src=x>",
        "\"><img src=x onerror='alert(1)'>",
        "{{ 7 * 7 }}{% raw %}",
        "&amp;<b>",
        "--><svg onload=alert(1)>",
    ]
)


def _small(**changes: str) -> Account:
    return an_account(moments=an_account().moments[:5], **changes)


@settings(max_examples=examples(40), deadline=None)
@given(NASTY, NASTY, NASTY)
def test_no_name_is_taken_for_html(source: str, worksheet: str, machine: str) -> None:
    """Whatever a file is called: the page has the same elements, and says the name as it is."""
    account = _small(source=source, worksheet=worksheet or "-", machine=machine)
    html = report_page(account, results=f"{source}.csv", fix=f"apply {source}.csv")
    page = read_page(html)
    assert page.all("script", "img", "b") == []
    assert len(page.elements) - _words_of_the_command(page) == BARE_ELEMENTS
    (kicker,) = page.classed("file")
    assert kicker.text == source


def _bare() -> int:
    html = _html(_small(worksheet="-"), "orders.csv")
    page = read_page(html)
    return len(page.elements) - _words_of_the_command(page)


def _words_of_the_command(page: PageRead) -> int:
    return len([one for one in page.all("span") if one.inside("pre")])


BARE_ELEMENTS: Final = _bare()
