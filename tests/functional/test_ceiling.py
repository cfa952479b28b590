"""A ceiling holds at the server too, retries included."""

from __future__ import annotations

from tests.functional.command import Place, finish, order, write_sheet
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import sequence
from tests.stub_api.server import StubApi


def _most_in_one_second(moments: list[float]) -> int:
    moments = sorted(moments)
    return max(sum(begin <= other < begin + 1.0 for other in moments) for begin in moments)


def test_no_second_sees_more_than_the_ceiling_and_two(place: Place) -> None:
    """A server without a limit, a tenth of the orders failing once: 30 a second are 32 at most."""
    ceiling, numbers = 30, range(1, 61)
    write_sheet(place.work / "orders.csv", [order(number) for number in numbers])
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = str(ceiling)
    failing = {
        number: sequence([api.server_error], api.ok) for number in numbers if not number % 10
    }
    behave = api.by_order({number: failing.get(number, api.ok) for number in numbers})
    with StubApi(behave, latency_seconds=0.03) as stub:
        flags = ("--base-url", stub.url, "--max-rate", str(ceiling), "--json")
        ended = finish(place.start("apply", "orders.csv", *flags))
    came = [seen.started_at for seen in stub.puts()]
    assert (ended.code, len(came)) == (0, 66)
    assert _most_in_one_second(came) <= ceiling + 2
    assert came[-1] - came[0] >= 66 / ceiling - 1
