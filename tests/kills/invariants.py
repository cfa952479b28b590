"""What must hold after any number of kills, by the server's log, the ledger and the results.

*Open* is a request from its arrival at the server until the server has done with it: answered it,
cut it, or given it up. That a process was killed closes nothing there: the server may store an
address long after its sender is dead. What is promised of it (docs/delivery.md):

- A request whose answer cannot come any more may be *repeated with the same payload* at any time,
  also while the server still works on it. So two requests for one order may overlap only with the
  same body, and only where the process of the earlier one was dead when the later one came.
- *Another payload* for the order waits ``retry.linger_seconds``, counted from the claim where the
  process died (the claim is at most a second older than the send), else from the moment at which
  the answer was given up. So a different body never overlaps, and keeps this distance.
- What was *settled* in the ledger is not sent again by its run, nor by a later run of the same
  payload while no other payload was claimed in between.
- The run *begun last* wins: no run sends to an order to which a later one has sent.
- A kill leaves at most a second's worth of rows (without pacing 1024) and one a worker in doubt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from tests.functional.command import bare_address, read_results
from tests.kills.campaign import Campaign, Life
from tests.kills.weather import is_cut, stores
from tests.stub_api.wire import Seen

__all__ = ["Log", "Put", "check_all", "check_doubt", "check_earlier", "check_results", "stored"]

LARGEST_CHUNK = 1024
CLAIM_IS_OLDER_SECONDS = 1.5
"""A second's worth is claimed ahead; a busy machine is behind its pace."""
SLACK_SECONDS = 0.05
"""Between two clocks, and between an act and its entry in the log."""
IMPORTS_SECONDS = 0.15
"""No process sends sooner after its start, so a late entry of its forerunner is not its own."""


@dataclass(frozen=True)
class Put:
    """A correction as the server saw it, and the life that sent it."""

    seen: Seen
    life: Life

    @property
    def lost(self) -> bool:
        """True where the sender cannot have got an answer."""
        ended = self.seen.ended_at
        return is_cut(self.seen.reply) or ended is None or ended > self.life.ended_at

    @property
    def closed_at(self) -> float:
        """When another payload may go at the earliest, but for the linger."""
        if is_cut(self.seen.reply) and self.seen.ended_at is not None:
            return min(self.seen.ended_at, self.life.ended_at)
        return self.seen.started_at - CLAIM_IS_OLDER_SECONDS


class Log:
    """The server's log by order, each entry with its life."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        first: dict[tuple[int, str], float] = {}
        puts = campaign.stub.puts()
        for seen in puts:
            first.setdefault(self._line(seen), seen.started_at)
        self.puts = [
            Put(seen, self._life(self._line(seen)[1], first[self._line(seen)])) for seen in puts
        ]
        self.by_order: dict[int, list[Put]] = defaultdict(list)
        for put in self.puts:
            assert put.seen.order_id is not None
            self.by_order[put.seen.order_id].append(put)

    @staticmethod
    def _line(seen: Seen) -> tuple[int, str]:
        return seen.connection, seen.json["customer_info"]["city"]

    def _life(self, city: str, connected_at: float) -> Life:
        """A connection belongs to the life of its sheet that was last started before it."""
        return max(
            (
                life
                for life in self._campaign.lives
                if self._campaign.cities[life.sheet] == city
                and life.begun_at + IMPORTS_SECONDS <= connected_at
            ),
            key=lambda life: life.begun_at,
        )


def check_all(campaign: Campaign, *, linger_seconds: float) -> Log:
    """Check everything but the results sheets."""
    log = Log(campaign)
    for puts in log.by_order.values():
        _check_open(puts, linger_seconds)
        _check_newest(puts)
    _check_settled(campaign, log)
    for life in campaign.lives:
        if life.killed:
            check_doubt(campaign, life, log)
    _check_ledger(campaign)
    _check_final(campaign)
    return log


def _check_open(puts: list[Put], linger_seconds: float) -> None:
    for earlier, later in combinations(puts, 2):
        a, b = earlier.seen, later.seen
        overlap = a.ended_at is None or b.started_at < a.ended_at
        if a.body == b.body:
            repeated = earlier.life is not later.life and earlier.life.ended_at <= b.started_at
            assert not overlap or repeated, f"order {a.order_id}: two requests open at once"
            continue
        assert not overlap, f"order {a.order_id}: another address while one was on its way"
        if earlier.lost:
            waited = b.started_at - earlier.closed_at
            assert waited >= linger_seconds - SLACK_SECONDS, (
                f"order {a.order_id}: another address {waited:.2f} s after one was lost"
            )


def _check_newest(puts: list[Put]) -> None:
    for earlier, later in pairwise(puts):
        assert earlier.life.run_no <= later.life.run_no, (
            f"order {earlier.seen.order_id}: run {later.life.run_no} sent after run"
            f" {earlier.life.run_no}, which was begun later"
        )


def _check_settled(campaign: Campaign, log: Log) -> None:
    """What is done is done; only where sheets differ may an address have to be sent again."""
    shared = Counter(number for numbers in campaign.orders.values() for number in numbers)
    for life in campaign.lives:
        done = {order for order, outcome in life.settled.items() if outcome == "updated"}
        for order_id in life.settled:
            for put in log.by_order.get(order_id, ()):
                if put.seen.started_at <= life.ended_at or put.life.sheet != life.sheet:
                    continue
                same_run = put.life.run_no == life.run_no
                assert not same_run, f"order {order_id} was settled and sent again"
                assert order_id not in done or shared[order_id] > 1, f"order {order_id} sent again"


def check_doubt(campaign: Campaign, life: Life, log: Log) -> None:
    """A kill leaves few rows claimed, and few answers that the ledger does not know."""
    pace = float(campaign.rate) or LARGEST_CHUNK
    most = min(LARGEST_CHUNK, pace) + workers_of(campaign)
    assert life.claimed <= most, f"{life.claimed} rows claimed when it was killed"
    answered = {
        put.seen.order_id for put in log.puts if put.life is life and not put.lost
    } - life.settled.keys()
    assert len(answered) <= most, f"{len(answered)} answers were not known to the ledger"


def workers_of(campaign: Campaign) -> int:
    """So many requests may be open at once."""
    return int(campaign.place.environ.get("ADDRESS_PIPELINE_RATE__WORKERS", "16"))


def _check_ledger(campaign: Campaign) -> None:
    """The file is sound, and whatever ended by itself has left nothing open."""
    own_end = {life.run_no for life in campaign.lives if not life.killed}
    with campaign.ledger() as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for run_no in own_end:
            left = db.execute(
                "SELECT COUNT(*) FROM rows WHERE id BETWEEN ? AND ? AND kind = 'order'"
                " AND (state <> 'settled' OR outcome IS NULL)",
                (run_no << 32, ((run_no + 1) << 32) - 1),
            ).fetchone()
            assert left == (0,), f"run {run_no} ended with rows open"
        held = db.execute("SELECT COUNT(*) FROM orders WHERE holder_run IS NOT NULL").fetchone()
    assert held == (0,), f"{held[0]} orders are still held"


def stored(log: Iterable[Seen]) -> dict[int, Any]:
    """Give the address that the server holds for each order at the end."""
    done = [seen for seen in log if stores(seen.reply) and seen.ended_at is not None]
    done.sort(key=lambda seen: seen.ended_at or 0.0)
    return {seen.order_id: seen.json["customer_info"] for seen in done if seen.order_id is not None}


def _check_final(campaign: Campaign) -> None:
    """The server holds for every order what the newest run with a confirmation wants."""
    with campaign.ledger() as db:
        confirmed = db.execute(
            "SELECT order_id, MAX(rows.id >> 32), source_path FROM rows"
            " JOIN runs ON run_no = rows.id >> 32"
            " WHERE outcome IN ('updated', 'unchanged') GROUP BY order_id"
        ).fetchall()
    city = {str(campaign.place.work / name): city for name, city in campaign.cities.items()}
    wanted = {
        order_id: bare_address(order_id, city=city[source]) for order_id, _, source in confirmed
    }
    assert wanted.keys() == {number for numbers in campaign.orders.values() for number in numbers}
    assert stored(campaign.stub.puts()) == wanted


def check_results(campaign: Campaign, life: Life, *, outcomes: Iterable[str]) -> None:
    """The results of a life that ended by itself hold every row, each with one outcome; their sums
    are those of the JSON.
    """
    assert life.ended is not None
    told = life.ended.json
    (run,) = told["runs"]
    rows = read_results(run["results"])
    orders = campaign.orders[life.sheet]
    assert [int(row["order_id"]) for row in rows] == list(orders)
    assert [int(row["row"]) for row in rows] == list(range(2, len(orders) + 2))
    counts = Counter(row["outcome"] for row in rows)
    assert counts.keys() <= set(outcomes)
    assert counts == Counter({name: n for name, n in told["outcomes"].items() if n})
    assert told["rows"] == told["orders"] == len(orders)
    for row in rows:
        good = row["outcome"] in ("updated", "unchanged")
        assert (row["success"], row["run_id"]) == ("TRUE" if good else "FALSE", run["run_id"])
        assert bool(row["reference_id"]) or not good
        assert int(row["attempts"]) >= (row["outcome"] == "updated")
    assert sum(int(row["attempts"]) for row in rows) == told["requests"]


def check_earlier(campaign: Campaign, last: Life) -> None:
    """What one life confirmed is told by the last one: ``updated`` where it went on with that very
    run, ``unchanged`` where it began another.
    """
    assert last.ended is not None
    (run,) = last.ended.json["runs"]
    told = {int(row["order_id"]): row["outcome"] for row in read_results(run["results"])}
    for life in campaign.lives:
        kept = "updated" if life.run_no == last.run_no else "unchanged"
        if life.sheet == last.sheet and life is not last:
            done = {number for number, outcome in life.settled.items() if outcome == "updated"}
            assert {told[number] for number in done} <= {kept}
