"""The page that anyone may double-click."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from pipeline.folder.status_page import Ended, Status, Waiting, Who, rendered, who_of

WHO = Who('id"<', "host & co", "na'me", 1_764_000_000.0, 1_763_000_000.0)
STATUS = Status(
    WHO,
    "LIVE, api.finerworks.com",
    "every sheet waits for a yes",
    trouble=("The API <is> down.",),
    working=(Waiting("a.csv", "is being sent", 1_764_000_000.0),),
    to_approve=(Waiting("b<b>.csv", "look"),),
    waiting=tuple(Waiting(f"w{number}.csv", "its turn comes") for number in range(80)),
    recent=(
        Ended("c.csv", "done", 1_764_000_000.0, {"updated": 1_234}),
        Ended("d.csv", "needs-attention", 1_764_000_000.0, {"not_sent": 2}, "Look at it."),
    ),
    attention=2,
)


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_tells_all_and_needs_no_network() -> None:
    """Names are escaped, tags are closed, nothing is fetched from anywhere."""
    tags = _Tags(rendered(STATUS))
    assert tags.open == []
    assert tags.links == []
    for words in (
        "The API <is> down.",
        "b<b>.csv",
        "1,234 updated",
        "2 not sent",
        "Look at it.",
        "and 30 more",
        "Waits for your yes (1)",
        "2 files lie in",
        "host & co",
    ):
        assert words in tags.text


def test_another_machine_reads_who_wrote_it() -> None:
    """What stands in the head is read back, whatever the names hold; other pages are nobody's."""
    assert who_of(rendered(STATUS)) == WHO
    assert who_of(rendered(replace(STATUS, who=replace(WHO, off=True)))) == replace(WHO, off=True)
    assert who_of("<html></html>") is None
    assert who_of('<meta name="address-pipeline-watcher" content="{}">') is None


def test_a_stopped_watcher_says_so_at_once_and_a_dead_one_by_its_age() -> None:
    """The page of one that was stopped says so; else its script compares the time; a schedule's
    page does not cry for want of a watcher."""
    at_work, off = rendered(STATUS), rendered(replace(STATUS, who=replace(WHO, off=True)))
    scheduled = rendered(replace(STATUS, scheduled=True, who=replace(WHO, off=True)))
    assert '<html lang="en" class="on">' in at_work
    assert "var limit = 300, at = 1764000000;" in at_work
    assert '<html lang="en" class="off">' in off
    assert '<html lang="en" class="on">' in scheduled
    assert "var limit = 0" in scheduled
    assert "more than 5 minutes ago" in at_work
