"""The pace of real runs: learned, kept for the next one, never above what a person allowed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.functional.command import Place, finish, order, write_sheet
from tests.functional.conftest import FAST, Call
from tests.stub_api.behaviours import after, ok, unauthorized
from tests.stub_api.server import Limit, StubApi
from tests.stub_api.wire import Seen


def kept(place: Place) -> list[float]:
    """The rates that the ledger holds."""
    with closing(sqlite3.connect(place.ledger)) as ledger:
        return [rate for (rate,) in ledger.execute("SELECT per_second FROM paces")]


def configure(place: Place, text: str) -> None:
    for name in FAST:
        place.environ.pop(name, None)
    (place.work / "config.yaml").write_text(f"rate:\n  {text}\n", encoding="utf-8")


def sheet(place: Place, rows: int, address: str = "") -> Path:
    orders = [order(n, address_2=address) for n in range(1, rows + 1)]
    return write_sheet(place.work / f"orders{address}.csv", orders)


def test_a_learned_rate_is_kept_and_used(place: Place, call: Call) -> None:
    """What a run learned of a host and key, though it was stopped, is what the next begins with."""
    configure(place, "start_per_second: 150\n  max_per_second: 400\n  workers: 32")
    behave = after(90, unauthorized)
    with StubApi(behave, limit=Limit(60, burst=5), latency_seconds=0.01) as stub:
        to_stub = ("--base-url", stub.url)
        first = call("apply", sheet(place, 150), *to_stub)
        assert first.code == 4
        assert "at 150 to 400/s, done by" in first.stderr
        (rate,) = kept(place)
        # How near it comes to the limit is for the simulation, whose clock no busy machine stops.
        assert 0 < rate < 400
        stub.behave = ok
        second = call("apply", sheet(place, 5, "b"), *to_stub)
        assert f"at {rate * 0.975:.3g}/s, done by" in second.stderr
        place.environ["FINERWORKS_APP_KEY"] += "-another"
        other_key = call("apply", sheet(place, 5, "c"), *to_stub)
        assert "at 150 to 400/s, done by" in other_key.stderr


def test_a_started_sandbox_teaches_nothing(place: Place, call: Call) -> None:
    """A sandbox ends with its run, and so does what was known of it."""
    configure(place, "start_per_second: 100")
    assert call("apply", sheet(place, 20), "--sandbox").code == 0
    assert kept(place) == []


def test_a_fixed_pace_neither_learns_nor_uses_what_was_learned(place: Place, call: Call) -> None:
    """With ``rate.adaptive: false`` the start is the pace, and the plan says so."""
    configure(place, "start_per_second: 40\n  adaptive: false")
    with StubApi(limit=Limit(1000, burst=3)) as stub:
        ended = call("apply", sheet(place, 12), "--base-url", stub.url, "--max-rate", "100")
        assert "at 40/s, done by" in ended.stderr
        sent = [seen.started_at for seen in stub.puts()]
    assert sent[-1] - sent[0] >= 11 / 40 * 0.9
    assert kept(place) == []


@dataclass(frozen=True)
class Measured:
    """What the server saw of one run: the share of its limit, and the refused among all."""

    share: float
    refused: float


def measured(puts: Sequence[Seen], limit: float) -> Measured:
    ends = [seen.ended_at for seen in puts if seen.ended_at is not None]
    let_in = sum(getattr(seen.reply, "confirms", False) for seen in puts)
    seconds = max(ends) - puts[0].started_at
    return Measured(let_in / seconds / limit, 1 - let_in / len(puts))


@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_two_runs_against_an_unknown_limit(place: Place) -> None:
    """At 50/s with a bucket of 10, 100 ms away: 95 % of it and 1 % refused, then 97 and 0.8."""
    configure(place, "max_per_second: 200\n  workers: 64")
    runs: list[Measured] = []
    with StubApi(limit=Limit(50, burst=10), latency_seconds=0.1) as stub:
        for address in ("a", "b"):
            before = len(stub.puts())
            arguments = ("apply", sheet(place, 2000, address), "--base-url", stub.url, "--json")
            ended = finish(place.start(*arguments), most_seconds=120)
            assert ended.json["outcomes"]["updated"] == 2000
            runs.append(measured(stub.puts()[before:], 50))
    first, second = runs
    assert first.share >= 0.95, runs
    assert first.refused <= 0.01, runs
    assert second.share >= 0.97, runs
    assert second.refused <= 0.008, runs
