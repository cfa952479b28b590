"""``watch`` with two watchers that are killed at random, three writers and an API with bad moments:
every sheet ends in one place, every order gets exactly what its sheets say.
"""

from __future__ import annotations

import pytest

from tests.functional.command import Place
from tests.kills.weather import Weather
from tests.soak.checks import check_all
from tests.soak.sheets import Drop, drops
from tests.soak.yard import Day, Yard
from tests.stub_api.server import StubApi

QUICK_KINDS = ("csv", "xlsx", "to fix", "conflict", "vanishing", "owner")


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a home and a working folder; short, for names of sheets are long."""
    return Place(tmp_path_factory.mktemp("soak"))


def _spend(place: Place, day: Day, sheets: list[Drop], settle: str, weather: Weather) -> None:
    place.environ |= {
        "ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS": settle,
        "ADDRESS_PIPELINE_WATCH__POLL_SECONDS": "0.1",
        "ADDRESS_PIPELINE_RETRY__LINGER_SECONDS": "1",
        "ADDRESS_PIPELINE_RETRY__BUDGET": "1",
    }
    with StubApi(weather) as stub:
        yard = Yard(place, stub, day, sheets)
        done = yard.work()
        assert done, [str(path.relative_to(yard.root)) for path in yard.files()][:50]
        check_all(yard)


@pytest.mark.timeout(40)
def test_a_few_sheets_and_a_kill(place: Place) -> None:
    """One sheet of each quick kind while a watcher is killed: each ends in its place."""
    sheets = [one for one in drops(3, 40) if one.kind in QUICK_KINDS]
    sheets = list({one.kind: one for one in sheets}.values())
    day = Day(3, 1.0, (0.9, 0.9), 0, person_every=0.3, most_seconds=25)
    _spend(place, day, sheets, "0.4", Weather(3, trouble=0.0, slow=0.0))


@pytest.mark.nightly
@pytest.mark.timeout(880)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_hundred_sheets_over_two_minutes(place: Place, seed: int) -> None:
    """All kinds of sheets, kills every few seconds, faults: nothing is lost, doubled or stale."""
    day = Day(seed, 120.0, (3.0, 9.0), 2, person_every=2.0, most_seconds=800)
    _spend(place, day, drops(seed, 300), "1.5", Weather(seed, trouble=0.05))
