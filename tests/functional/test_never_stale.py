"""Whatever is done to whichever results file, in any order: no older address ever comes again."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import count
from pathlib import Path

import pytest

from tests.functional.command import Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.results_book import TO_FIX, ResultsBook
from tests.functional.test_to_fix import REFUSED, judge, write_book
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

ORDERS = tuple(range(101, 108))


class Office:
    """People who correct the same orders in several files.

    Every address that somebody means has a house number of its own, and a later one has a higher.
    """

    def __init__(self, place: Place, call: Call, stub: StubApi, seed: int) -> None:
        self._place = place
        self._call = call
        self._stub = stub
        self._lucky = random.Random(seed)
        self._houses = count(1)
        self.meant: dict[int, int] = {}
        """Of each order that somebody edited soundly: the house number to be stored."""

    def _street(self) -> str:
        return f"{next(self._houses)} Harbour Street"

    def _apply(self, name: str) -> None:
        before = len(self._stub.puts())
        ended = self._call(
            *("apply", name, "--base-url", self._stub.url, "--max-rate", "0", "--accept-findings")
        )
        assert ended.code in (0, 1), ended.stderr
        stored = {number: house(info) for number, info in self._stub.confirmed().items()}
        for number, expected in self.meant.items():
            assert stored.get(number) == expected, (name, number, len(self._stub.puts()) - before)

    def begin(self) -> None:
        """A sheet in which some is sound, some is not, and two rows contradict each other."""
        cities = ["Boston", "", REFUSED, "Boston", "", "Boston", "Boston"]
        rows = [
            order(number, address_1=self._street(), city=city)
            for number, city in zip(ORDERS, cities, strict=True)
        ]
        rows.append(order(ORDERS[-1], address_1=self._street()))
        write_book(self._place.work / "a.xlsx", rows)
        self._apply("a.xlsx")

    def other_sheet(self) -> None:
        """Somebody else corrects some of the orders in a sheet of their own."""
        numbers = self._lucky.sample(ORDERS, 2)
        write_sheet(
            self._place.work / f"other{next(self._houses)}.csv",
            [order(number, address_1=self._street()) for number in numbers],
        )
        newest = max(self._place.work.glob("other*.csv"), key=lambda path: path.stat().st_mtime_ns)
        lines = newest.read_text().splitlines()[1:]
        self.meant |= {
            int(line.split(",")[0]): int(line.split(",")[4].split()[0]) for line in lines
        }
        self._apply(newest.name)

    def work(self) -> None:
        """Somebody works in one of the results files, old or new, and applies it."""
        path = self._lucky.choice(sorted(self._place.work.glob("a.results*.xlsx")))
        book = ResultsBook(path)
        for row in book.rows():
            if row["order_id"] == str(ORDERS[-1]):
                if self._lucky.random() < 0.3:
                    book.delete(self._lucky.choice([TO_FIX, book.main]), row["row"])
            elif self._lucky.random() < 0.3:
                self._edit(book, row)
        book.save()
        self._apply(path.name)

    def _edit(self, book: ResultsBook, row: dict[str, object]) -> None:
        where = [book.main]
        if any(each["row"] == row["row"] for each in book.rows(TO_FIX)):
            where = self._lucky.choice([[book.main], [TO_FIX], [book.main, TO_FIX]])
        if not any(each["row"] == row["row"] for each in book.rows()):
            return
        number, here = int(str(row["order_id"])), int(str(row["row"]))
        others = {each["row"] for each in book.rows() if each["order_id"] == row["order_id"]}
        street, city = self._street(), self._lucky.choice(["Boston", "Boston", ""])
        for name in where:
            book.edit(name, here, address_1=street, city=city)
        edited_before = row["address_1"] != street and len(where) == 1 and len(self.meant) < 0
        assert not edited_before
        if city and len(others) == 1 and (len(where) == 2 or where == [book.main]):
            self.meant[number] = int(street.split()[0])
        else:
            self.meant.pop(number, None)


def house(info: dict[str, object]) -> int:
    return int(str(info["address_1"]).split()[0])
