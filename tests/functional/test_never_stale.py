"""Whatever is done to whichever results file, in any order: no older address ever comes again."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import count

import pytest

from tests.functional.command import Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.results_book import TO_FIX, ResultsBook
from tests.functional.test_to_fix import REFUSED, apply, judge, write_book
from tests.stub_api.server import StubApi

CITIES = {101: "Boston", 102: "", 103: REFUSED, 104: "Boston", 105: "", 106: "Boston", 107: "Salem"}
TWICE = 107


class Office:
    """People who correct the same orders in several files, old ones and new ones.

    Every address that somebody means has a house number of its own, and a later one a higher one.
    """

    def __init__(self, place: Place, call: Call, stub: StubApi, seed: int) -> None:
        self._work = place.work
        self._call = call
        self._stub = stub
        self._lucky = random.Random(seed)
        self._houses = count(1)

    def _street(self) -> str:
        return f"{next(self._houses)} Harbour Street"

    def begin(self) -> None:
        """A sheet in which some is sound, some is not, and two rows contradict each other."""
        rows = [order(at, address_1=self._street(), city=city) for at, city in CITIES.items()]
        rows.append(order(TWICE, address_1=self._street()))
        write_book(self._work / "a.xlsx", rows)
        apply(self._call, self._stub, "a.xlsx")

    def other_sheet(self) -> None:
        """Somebody else corrects two of the orders in a sheet of their own."""
        rows = [order(at, address_1=self._street()) for at in self._lucky.sample([*CITIES], 2)]
        path = write_sheet(self._work / f"other{next(self._houses)}.csv", rows)
        _, sent = apply(self._call, self._stub, path.name)
        assert sorted(sent) == sorted(int(row["order_id"]) for row in rows)

    def work(self) -> None:
        """Somebody works in one of the results files, and applies it."""
        path = self._lucky.choice(sorted(self._work.glob("a.results*.xlsx")))
        book = ResultsBook(path)
        here = {name: {int(row["row"]) for row in book.rows(name)} for name in (book.main, TO_FIX)}
        for row in book.rows():
            dice, number = self._lucky.random(), int(row["row"])
            if row["order_id"] == str(TWICE) and dice < 0.4:
                name = self._lucky.choice([each for each, rows in here.items() if number in rows])
                book.delete(name, number)
            elif row["order_id"] != str(TWICE) and dice < 0.25:
                places = [name for name, rows in here.items() if number in rows]
                city = self._lucky.choice(["Boston", "Boston", ""])
                for name in self._lucky.sample(places, self._lucky.randint(1, len(places))):
                    book.edit(name, number, address_1=self._street(), city=city)
        book.save()
        apply(self._call, self._stub, path.name, "--accept-findings")

    def houses(self) -> dict[int, list[int]]:
        """Give the house numbers that each order was sent, in the order of sending."""
        sent = defaultdict(list)
        for put in self._stub.puts():
            street = put.json["customer_info"]["address_1"]
            sent[int(put.order_id or 0)].append(int(street.split()[0]))
        return sent


def _never_stale(place: Place, call: Call, seed: int, rounds: int) -> None:
    with StubApi(judge) as stub:  # type: ignore[arg-type]
        office = Office(place, call, stub, seed)
        office.begin()
        for number in range(rounds):
            office.other_sheet() if number % 3 == 2 else office.work()
            for order_id, houses in office.houses().items():
                assert houses == sorted(houses), (seed, number, order_id, houses)
        assert sum(map(len, office.houses().values())) > len(CITIES)


def test_no_older_address_comes_again(place: Place, call: Call) -> None:
    """Each order is sent newer addresses only, whichever file they stand in."""
    _never_stale(place, call, seed=6, rounds=6)


@pytest.mark.nightly
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(12))
def test_no_older_address_comes_again_in_a_long_week(place: Place, call: Call, seed: int) -> None:
    """The same over many files and days."""
    _never_stale(place, call, seed, rounds=24)
