"""``kill -9`` at any moment, over and over: the same command finishes, and no promise is broken."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.functional.command import Place
from tests.kills.campaign import AfterPuts, AfterSeconds, AtPoint, Campaign, Moment, random_moment
from tests.kills.invariants import check_all, check_earlier, check_results
from tests.kills.weather import Weather
from tests.stub_api.server import StubApi

ROWS = 2000
LINGER_SECONDS = 30.0
SHORT_LINGER_SECONDS = 2.5
"""Longer than the slowest answer of the server, for the promise rests on that."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home of its own, with workers enough for a server that takes its time."""
    made = Place(tmp_path)
    made.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "32"
    return made


MOMENTS = (
    AfterSeconds(0.3),
    AfterPuts(150),
    AtPoint("after-commit", 12),
    AfterPuts(500),
    AtPoint("after-rename", 1),
)


@pytest.mark.parametrize(
    ("rows", "moments"),
    [
        pytest.param(300, MOMENTS[1::3], id="two"),
        pytest.param(ROWS, MOMENTS, id="five", marks=pytest.mark.nightly),
    ],
)
def test_killed_and_repeated(place: Place, rows: int, moments: Sequence[Moment]) -> None:
    """At start-up, while sending, at a commit and while the results are written: nothing is lost,
    what was settled is not sent again, and every row ends once.
    """
    with StubApi(Weather(5)) as stub:
        campaign = Campaign(place, stub)
        campaign.add_sheet("orders.csv", range(1, rows + 1), "Boston")
        for moment in moments:
            assert campaign.kill_at("orders.csv", moment).killed, moment
        last = campaign.finish("orders.csv")
    check_all(campaign, linger_seconds=LINGER_SECONDS)
    check_results(campaign, last, outcomes=("updated", "unchanged"))
    check_earlier(campaign, last)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_random(place: Place, seed: int) -> None:
    """Eight kills at moments drawn by chance, from the first import to the last rename; a sheet
    that got through all the same is followed by one with another address for every order.
    """
    place.environ["ADDRESS_PIPELINE_RETRY__LINGER_SECONDS"] = str(SHORT_LINGER_SECONDS)
    chance = random.Random(seed)
    kills = 0
    with StubApi(Weather(seed, trouble=0.08)) as stub:
        campaign = Campaign(place, stub)
        while kills < 8:
            sheet = f"orders-{len(campaign.cities)}.csv"
            campaign.add_sheet(sheet, range(1, ROWS + 1), f"Boston {len(campaign.cities)}")
            while kills < 8 and campaign.kill_at(sheet, random_moment(chance, ROWS)).killed:
                kills += 1
        last = campaign.finish(sheet)
    check_all(campaign, linger_seconds=SHORT_LINGER_SECONDS)
    check_results(campaign, last, outcomes=("updated", "unchanged"))
    check_earlier(campaign, last)


def _sheets_that_meet(campaign: Campaign, rows: int) -> None:
    """Every second row of both is the same order, so at one pace they want it at one time."""
    shared = range(1, rows // 2 + 1)
    for name, first, city in (("a.csv", rows, "Boston"), ("b.csv", 2 * rows, "Salem")):
        own = range(first, first + rows // 2)
        both = [number for pair in zip(shared, own, strict=True) for number in pair]
        campaign.add_sheet(name, both, city)


@pytest.mark.parametrize(
    ("seed", "rows", "kills", "linger_seconds"),
    [
        pytest.param(1, 300, 1, 0.8, marks=pytest.mark.nightly),
        *(
            pytest.param(seed, ROWS, 4, SHORT_LINGER_SECONDS, marks=pytest.mark.nightly)
            for seed in range(2, 6)
        ),
    ],
)
def test_two_at_once_killed(
    place: Place, seed: int, rows: int, kills: int, linger_seconds: float
) -> None:
    """Two sheets that share half their orders, with different addresses, killed at random while
    both are at work: the run begun last wins each order.
    """
    place.environ["ADDRESS_PIPELINE_RETRY__LINGER_SECONDS"] = str(linger_seconds)
    chance = random.Random(seed)
    weather = Weather(seed, trouble=0.08, slow=0.03, slowest_seconds=linger_seconds - 0.2)
    with StubApi(weather) as stub:
        campaign = Campaign(place, stub)
        _sheets_that_meet(campaign, rows)
        ended = campaign.kill_together(
            {
                sheet: [random_moment(chance, rows) for _ in range(kills)]
                for sheet in campaign.cities
            }
        )
    assert [life.ended.code for life in ended.values() if life.ended] == [0, 0]
    check_all(campaign, linger_seconds=linger_seconds)
    for life in ended.values():
        check_results(campaign, life, outcomes=("updated", "unchanged", "superseded"))


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("kind", ["commit", "rename"])
def test_killed_at_every_point(tmp_path: Path, side: str, kind: str) -> None:
    """Around each single commit of a run, and each renaming of its results: wherever it dies, the
    same command ends well, and so does one more, which has nothing to send.
    """
    number, killed = 0, True
    while killed:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        with StubApi(Weather(number, trouble=0.1, slow=0.0)) as stub:
            campaign = Campaign(Place(folder), stub)
            campaign.add_sheet("orders.csv", range(1, 31), "Boston")
            killed = campaign.kill_at("orders.csv", AtPoint(f"{side}-{kind}", number)).killed
            for outcomes in (("updated", "unchanged"), ("unchanged",)):
                came = len(stub.puts())
                last = campaign.finish("orders.csv")
                check_results(campaign, last, outcomes=outcomes)
            assert len(stub.puts()) == came
        check_all(campaign, linger_seconds=LINGER_SECONDS)
    assert number > (8 if kind == "commit" else 1)
