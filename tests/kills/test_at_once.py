"""Several commands at once on one ledger, each left to its end: one order is in one hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.command import Place
from tests.kills.campaign import Campaign, Life
from tests.kills.invariants import check_all, check_results
from tests.kills.weather import Weather
from tests.stub_api import behaviours as api
from tests.stub_api.server import StubApi

LINGER_SECONDS = 0.8
CITIES = {"a.csv": "Boston", "b.csv": "Salem", "c.csv": "Lowell"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home of its own, with a linger that a test can wait for."""
    made = Place(tmp_path)
    made.environ["ADDRESS_PIPELINE_RETRY__LINGER_SECONDS"] = str(LINGER_SECONDS)
    return made


def _begin(campaign: Campaign) -> list[Life]:
    """Start all sheets, each once the one before it has begun to send."""
    lives = []
    for sheet in campaign.cities:
        lives.append(campaign.start(sheet))
        campaign.until(lambda: campaign.puts_of(lives[-1]) > 0)
    return lives


@pytest.mark.parametrize(
    ("seed", "sheets", "rows"),
    [
        (1, 2, 60),
        *(pytest.param(seed, 2, 2000, marks=pytest.mark.nightly) for seed in (2, 3)),
        *(pytest.param(seed, 3, 700, marks=pytest.mark.nightly) for seed in (4, 5)),
    ],
)
def test_the_run_begun_last_has_every_order(
    place: Place, seed: int, sheets: int, rows: int
) -> None:
    """The same orders in each sheet, another address in each: no request of one overlaps another's,
    and at the end the server holds what the sheet begun last wants.
    """
    weather = Weather(seed, trouble=0.05, slow=0.02, slowest_seconds=0.7)
    with StubApi(weather) as stub:
        campaign = Campaign(place, stub)
        for name, city in list(CITIES.items())[:sheets]:
            campaign.add_sheet(name, range(1, rows + 1), city)
        lives = _begin(campaign)
        ended = [campaign.end(life) for life in lives]
    assert [one.code for one in ended] == [0] * sheets
    assert [life.run_no for life in lives] == list(range(1, sheets + 1))
    check_all(campaign, linger_seconds=LINGER_SECONDS)
    for life in lives[:-1]:
        check_results(campaign, life, outcomes=("updated", "superseded"))
    check_results(campaign, lives[-1], outcomes=("updated",))
    assert stub.max_open_per_order() == 1


def _most_in_one_second(moments: list[float]) -> int:
    moments = sorted(moments)
    return max(
        sum(1 for other in moments[index : index + 200] if other < begin + 1.0)
        for index, begin in enumerate(moments)
    )


@pytest.mark.nightly
def test_two_at_once_stay_under_one_ceiling(place: Place) -> None:
    """Two commands with a ceiling of 40: in no second do more than 41 of their requests leave, nor
    more than 42 arrive, also around the moment at which the second one begins or the first ends.
    """
    ceiling = 40
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = str(ceiling)
    with StubApi(api.ok, latency_seconds=0.01) as stub:
        campaign = Campaign(place, stub, rate=str(ceiling))
        campaign.add_sheet("a.csv", range(1, 401), "Boston")
        campaign.add_sheet("b.csv", range(201, 601), "Salem")
        first = campaign.start("a.csv")
        campaign.until(lambda: campaign.puts_of(first) > ceiling)
        second = campaign.start("b.csv")
        assert [campaign.end(life).code for life in (first, second)] == [0, 0]
    check_all(campaign, linger_seconds=LINGER_SECONDS)
    with campaign.ledger() as db:
        left = [at for (at,) in db.execute("SELECT sent_at FROM rows WHERE sent_at IS NOT NULL")]
    came = [seen.started_at for seen in stub.puts()]
    assert len(left) == len(came)
    assert _most_in_one_second(left) <= ceiling + 1
    assert _most_in_one_second(came) <= ceiling + 2
