"""The page that anyone may double-click: what it tells in each state, and that it does no harm.

How it looks, and what axe says of it, is seen by ``make looks``.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pages.status import (
    Ended,
    NeedsAttention,
    Status,
    Trouble,
    Waiting,
    status_page,
    who_of,
)
from tests.fakes.statuses import NOTHING, NOW, a_status, a_who
from tests.pages.reading import PageRead, read_page

QUIET: Final = a_status(**NOTHING)
STATES: Final = {
    "usual": a_status(),
    "idle": QUIET,
    "new": replace(QUIET, recent=(), target="SANDBOX, 127.0.0.1"),
    "trouble": replace(QUIET, trouble=(Trouble("It is down.", NOW),)),
    "off": a_status(who=a_who(off=True)),
    "scheduled": a_status(scheduled=True),
    "looked through": a_status(who=a_who(off=True), scheduled=True),
}
every_state = pytest.mark.parametrize("status", STATES.values(), ids=list(STATES))


def _page(status: Status) -> PageRead:
    return read_page(status_page(status))


def _state(page: PageRead) -> tuple[str, str]:
    (html,) = page.all("html")
    return html.attributes["data-state"], html.attributes["data-limit"]


def _section(page: PageRead, name: str) -> str:
    (found,) = [s for s in page.all("section") if s.attributes["aria-labelledby"] == name]
    return " ".join(found.text.split())


@every_state
def test_a_page_needs_nothing_else(status: Status) -> None:
    """Nothing from any network, no script or style but the very ones that the policy names."""
    html = status_page(status)
    page = read_page(html)
    assert page.all("link", "img", "iframe", "object", "base", "form") == []
    names = [name for one in page.elements for name in one.attributes]
    assert [name for name in names if name.startswith("on") or name == "style"] == []
    assert re.findall(r"https?:|url\((?!#)|@import|http-equiv=.refresh", html) == []
    (style,), (script,) = page.all("style"), page.all("script")
    assert "{{" not in script.text
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src {_digest(style.text)}; script-src {_digest(script.text)};"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@every_state
def test_whoever_hears_a_page_finds_the_way(status: Status) -> None:
    """One heading at the top and no level skipped; landmarks; every section has a name."""
    page = _page(status)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3")]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    assert {one.attributes["aria-labelledby"] for one in page.all("section")} <= set(ids)


@every_state
def test_the_script_has_all_that_it_asks_for(status: Status) -> None:
    """It shows the times in the reader's way, tells the age, and can be kept from loading anew."""
    page = _page(status)
    (html,) = page.all("html")
    assert set(html.attributes) == {"lang", "data-state", "data-at", "data-limit"}
    assert html.attributes["data-at"] == str(int(NOW))
    moments = [one.attributes["datetime"] for one in page.all("time")]
    assert all(re.fullmatch(r"2026-11-2[56]T\d\d:\d\d:\d\dZ", moment) for moment in moments)
    (box,) = page.all("input")
    assert (box.attributes["type"], box.attributes["id"], box.inside("label")) == (
        "checkbox",
        "news",
        True,
    )
    (news,) = page.classed("news")
    assert "hidden" in news.attributes  # without a script there is nothing to choose


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({**NOTHING}, "All is done: nothing waits here."),
        ({**NOTHING, "waiting": (Waiting("a.csv", ""),)}, "1 sheet waits its turn."),
        ({**NOTHING, "waiting": (Waiting("a.csv", ""),) * 2}, "2 sheets wait their turn."),
        ({**NOTHING, "working": (Waiting("a.csv", ""),)}, "1 sheet is in work."),
        ({**NOTHING, "working": (Waiting("a.csv", ""),) * 2}, "2 sheets are in work."),
        ({**NOTHING, "to_approve": (Waiting("a.csv", ""),)}, "1 sheet waits for a person."),
        ({}, "5 sheets wait for a person."),
        ({**NOTHING, "trouble": (Trouble("Down.", NOW),)}, "Something is wrong."),
        (
            {"trouble": (Trouble("Down.", NOW),)},
            "Something is wrong, and 5 sheets wait for a person.",
        ),
    ],
)
def test_the_headline_says_how_it_stands(changes: dict[str, Any], said: str) -> None:
    """One sentence: what is wrong first, then who is asked for, then what goes on by itself."""
    (headline,) = _page(a_status(**changes)).all("h1")
    shown, _, _ = headline.text.partition("The watcher is off")
    assert shown == said


def test_the_four_numbers_stand_in_front() -> None:
    """Sheets by whether they need somebody; all of them, however few are named."""
    many = tuple(Waiting(f"{number}.csv", "its turn comes") for number in range(1_080))
    page = _page(a_status(waiting=many))
    tiles = [" ".join(one.text.split()) for one in page.classed("tile")]
    assert [tile.split()[0] for tile in tiles] == ["3", "2", "2", "1,080"]
    assert "49.csv" in _section(page, "wait")
    assert "50.csv" not in _section(page, "wait")
    assert _section(page, "wait").endswith("and 1,030 more")


def test_each_sheet_is_told_once_with_what_to_do() -> None:
    """What happened to a sheet stands where it lies now; the list of the last ones only counts."""
    page = _page(a_status())
    assert page.words.count("2 rows did not end well") == 1
    attention = _section(page, "attention")
    assert "returns.csv 2 rows did not end well; the results beside it say what to do." in attention
    assert "from before.csv Open the results, or the error text, beside it." in attention
    assert "monday.xlsx look at monday.check.xlsx since 25 Nov 2026, 14:00:00 UTC" in _section(
        page, "yes"
    )
    last = _section(page, "last")
    assert "noon.csv done 3,869 updated, 12 unchanged 26 Nov 2026" in last
    assert "returns.csv needs-attention 40 updated, 2 not sent 26 Nov 2026" in last


def test_what_is_wrong_is_told_with_since_when() -> None:
    """Before everything else that is listed."""
    page = _page(a_status(trouble=(Trouble("There is no room for it.", NOW - 600),)))
    assert "There is no room for it. since 26 Nov 2026, 14:50:00 UTC" in _section(page, "trouble")
    assert page.all("section")[0].attributes["aria-labelledby"] == "trouble"


def test_a_watcher_that_was_stopped_says_so_at_once() -> None:
    """With the command that starts it again; one that died says so by its age, with the script."""
    at_work, off = _page(STATES["usual"]), _page(STATES["off"])
    assert (_state(at_work), _state(off)) == (("on", "300"), ("off", "0"))
    assert "more than 5 minutes ago" in at_work.words
    assert "more than 5 minutes ago" not in off.words
    for page in (at_work, off):
        assert [one.text for one in page.all("pre")] == [
            "address-pipeline watch /srv/addresses --live"
        ]
        assert [one.text for one in page.all("pre") if one.inside("header")] != []
    (title,) = off.all("title")
    assert title.text == "Address folder: The watcher is off."


def test_a_sheet_in_work_was_in_work_once_the_watcher_is_off() -> None:
    """Both are in the page, and only the one that is true is shown."""
    page = _page(a_status())
    on = [one.text for one in page.classed("on")]
    off = [one.text for one in page.classed("off")]
    assert "is being sent" in on
    assert ("was being sent when the watcher stopped; it goes on when one is started again") in off
    (style,) = page.all("style")
    assert '[data-state="on"] .off, [data-state="off"] .on { display: none; }' in style.text


def test_a_schedule_needs_no_watcher() -> None:
    """Between two passes nobody is missed; one that broke off in its middle is."""
    between, during = _page(STATES["looked through"]), _page(STATES["scheduled"])
    assert _state(between) == ("on", "0")
    assert _state(during) == ("on", "300")
    assert "On a schedule" in between.words
    assert "looked through 26 Nov 2026, 15:00:00 UTC" in between.words
    assert "The last pass broke off." in during.words
    assert all("The watcher is off" not in page.words for page in (between, during))


@pytest.mark.parametrize(
    ("target", "banners"),
    [("LIVE, api.finerworks.com", 0), ("SANDBOX, 127.0.0.1", 1), ("CUSTOM HOST, example.com", 1)],
)
def test_what_is_not_live_is_said_first(target: str, banners: int) -> None:
    """A banner above everything else, as a report has it."""
    page = _page(a_status(target=target))
    assert [target in one.text for one in page.classed("banner")] == [True] * banners


NASTY: Final = st.text(max_size=40) | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&amp;<b>"]
)


@settings(max_examples=30, deadline=None)
@given(NASTY, NASTY)
def test_no_name_is_taken_for_html(name: str, words: str) -> None:
    """Whatever a file is called: the same elements, and another machine reads who wrote it."""
    who = a_who(identity=words, host=name, name=words)
    nasty = Status(
        who,
        name,
        words,
        command="x",
        trouble=(Trouble(words, NOW),),
        attention=(NeedsAttention(name, words, NOW),),
        working=(Waiting(name, words, NOW, f"{words}."),),
        recent=(Ended(name, "done", NOW, {"updated": 1}),),
    )
    html = status_page(nasty)
    page = read_page(html)
    assert len(page.all("script")) == 1
    assert page.all("img", "b") == []
    assert who_of(html) == who
    assert name in [one.text for one in page.classed("file")]


def test_another_machine_reads_who_wrote_it() -> None:
    """What stands in the head is read back; other pages are nobody's."""
    for who in (a_who(), a_who(off=True)):
        assert who_of(status_page(a_status(who=who))) == who
    assert who_of("<html></html>") is None
    assert who_of('<meta name="address-pipeline-watcher" content="{}">') is None
