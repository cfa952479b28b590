"""The sheets of a soak: what is dropped, and what must become of each row and each file."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

import openpyxl

from tests.corpus.all import ENTRIES
from tests.corpus.entry import Entry
from tests.corpus.packing import ods, ods_row
from tests.corpus.seeds import XLS
from tests.functional.command import COLUMNS, bare_address, order

__all__ = ["Drop", "Payload", "drops"]

Payload = Mapping[str, str | None]
Ends = Literal["done", "needs-attention", "inbox", "nowhere"]
"""``done``: as long as the API takes every row, else needs-attention."""

_MANNERS = ("once", "once", "pieces", "preallocated", "renamed", "replaced", "old")
_LARGEST_BROKEN = 100_000


@dataclass(frozen=True)
class Drop:
    """A file that is dropped: ``payloads`` by order id, ``bad`` the orders that are not sent."""

    kind: str
    name: str
    data: bytes = field(repr=False)
    ends: Ends
    how: str = "once"
    payloads: Mapping[int, Payload] = field(default_factory=dict)
    bad: frozenset[int] = frozenset()
    chain: int = 0
    """Drops of a chain change the same orders, and are made one after the other."""

    @property
    def explained(self) -> bool:
        """It gets a sentence in a text file, and no results."""
        return self.kind in ("broken", "empty", "conflict", "xls")


class _Office:
    """Whoever makes the sheets; no two of them have an order in common, unless they mean to."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._numbers = list(range(1_000, 9_000))
        self.chance.shuffle(self._numbers)
        self._count = 0

    def numbers(self, most: int = 6) -> list[int]:
        """Give orders that nobody has yet."""
        return [self._numbers.pop() for _ in range(self.chance.randint(1, most))]

    def rows(self, numbers: Sequence[int], person: str = "Ada") -> list[dict[str, str]]:
        """Give rows with an address that no other sheet has."""
        self._count += 1
        street = f"Harbour Street {self._count}"
        return [
            order(number, first_name=person, address_1=f"{street}-{number}") for number in numbers
        ]

    def name(self, ending: str) -> str:
        """Give a name; some are taken again and again."""
        again = self.chance.random() < 0.15
        return f"{'orders' if again else f'{self._count}-{self.chance.choice(_WORDS)}'}{ending}"

    def how(self) -> str:
        """Give the way in which a file comes."""
        return self.chance.choice(_MANNERS)


_WORDS = ("orders", "Bestellungen März", "fix (2)", "a.b", "returns", "日本")
_ENCODINGS = {
    "utf-8": "Zoë",
    "utf-8-sig": "Łucja",
    "utf-16": "Žofie",
    "cp1252": "Jürgen",
}


def _payloads(rows: Sequence[Mapping[str, str]]) -> dict[int, Payload]:
    return {
        int(row["order_id"]): bare_address(row["order_id"], **{k: row[k] for k in _VARIED})
        for row in rows
        if row["zip_postal_code"]
    }


_VARIED = ("first_name", "address_1", "zip_postal_code")


def _text(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    lines = [COLUMNS, *(tuple(row[name] for name in COLUMNS) for row in rows)]
    return "".join(delimiter.join(line) + "\r\n" for line in lines)


def _csv(office: _Office) -> Drop:
    encoding = office.chance.choice([*_ENCODINGS])
    rows = office.rows(office.numbers(), _ENCODINGS[encoding])
    data = _text(rows, office.chance.choice(",;\t|")).encode(encoding)
    return Drop("csv", office.name(".csv"), data, "done", office.how(), _payloads(rows))


def _xlsx(office: _Office) -> Drop:
    rows = office.rows(office.numbers())
    data = _book(rows)
    return Drop("xlsx", office.name(".xlsx"), data, "done", office.how(), _payloads(rows))


def _book(rows: Sequence[Mapping[str, str]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(COLUMNS)
    for row in rows:
        page.append([row[name] for name in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ods(office: _Office) -> Drop:
    rows = office.rows(office.numbers())
    cells = [COLUMNS, *(tuple(row[name] for name in COLUMNS) for row in rows)]
    data = ods("".join(map(ods_row, cells)))
    return Drop("ods", office.name(".ods"), data, "done", office.how(), _payloads(rows))


def _xls(office: _Office) -> Drop:
    """No library here writes a sound one; this one has no address."""
    return Drop("xls", office.name(".xls"), XLS, "needs-attention", office.how())


def _to_fix(office: _Office) -> Drop:
    rows = office.rows(office.numbers(5) + office.numbers(1))
    rows[-1]["zip_postal_code"] = ""
    bad = frozenset({int(rows[-1]["order_id"])})
    ending = office.chance.choice([".csv", ".xlsx"])
    data = _book(rows) if ending == ".xlsx" else _text(rows).encode()
    name = office.name(f"-fix{ending}")
    return Drop("to fix", name, data, "needs-attention", office.how(), _payloads(rows), bad)


def _broken(office: _Office) -> Drop:
    entry = office.chance.choice(_BROKEN)
    # A file of its own each time: some readers mind a longer tail, none of these sentences does.
    ending = PurePath(entry.name).suffix
    return Drop(
        "broken", office.name(f"-{entry.name}{ending}"), entry.make(), "needs-attention", "once"
    )


def _is_small(entry: Entry) -> bool:
    return bool(entry.sentence) and not entry.large and 0 < len(entry.make()) < _LARGEST_BROKEN


_BROKEN = [one for one in ENTRIES if _is_small(one) and one.encoding is None]


def _empty(office: _Office) -> Drop:
    return Drop("empty", office.name("-empty.csv"), b"", "needs-attention", "once")


def _owner(office: _Office) -> Drop:
    office.rows([])
    # Of no sheet here: one of which somebody says that it is open would wait for ever.
    name = f"~${office.name('-open.xlsx')}"
    return Drop("owner", name, b"\x03Ada" + bytes(161), "inbox", "once")


def _conflict(office: _Office) -> Drop:
    rows = office.rows(office.numbers())
    name = f"{PurePath(office.name('.csv')).stem} (Ada's conflicted copy 2026-11-26).csv"
    bad = frozenset(int(row["order_id"]) for row in rows)
    data = _text(rows).encode()
    return Drop("conflict", name, data, "needs-attention", office.how(), bad=bad)


def _vanishing(office: _Office) -> Drop:
    rows = office.rows(office.numbers())
    bad = frozenset(int(row["order_id"]) for row in rows)
    return Drop(
        "vanishing", office.name("-gone.csv"), _text(rows).encode(), "nowhere", "vanishes", bad=bad
    )


def _alone(make: Callable[[_Office], Drop]) -> Callable[[_Office], list[Drop]]:
    return lambda office: [make(office)]


def _twice(office: _Office) -> list[Drop]:
    """The same content under two names."""
    rows = office.rows(office.numbers())
    data, sent = _text(rows).encode(), _payloads(rows)
    return [
        Drop("twice", office.name(ending), data, "done", office.how(), sent)
        for ending in (".csv", "-again.csv")
    ]


def _newer(office: _Office) -> list[Drop]:
    """Orders whose address changes from sheet to sheet."""
    numbers = office.numbers()
    chain = numbers[0]
    found = []
    for _ in range(office.chance.randint(2, 3)):
        rows = office.rows(numbers)
        office.chance.shuffle(numbers)
        name = office.name("-newer.csv")
        data = _text(rows).encode()
        found.append(Drop("newer", name, data, "done", "once", _payloads(rows), chain=chain))
    return found


_KINDS: dict[Callable[[_Office], list[Drop]], int] = {
    _alone(_csv): 30,
    _alone(_xlsx): 12,
    _alone(_ods): 6,
    _alone(_xls): 3,
    _alone(_to_fix): 12,
    _alone(_broken): 10,
    _alone(_empty): 3,
    _alone(_owner): 3,
    _alone(_conflict): 4,
    _alone(_vanishing): 4,
    _twice: 5,
    _newer: 6,
}


def drops(seed: int, count: int) -> list[Drop]:
    """Give so many, in the order in which they are dropped; at least one of each kind comes first
    where there is room.
    """
    office = _Office(seed)
    return list(_first(count, _kinds(office)))


def _kinds(office: _Office) -> Iterator[Drop]:
    for kind in _KINDS:
        yield from kind(office)
    kinds, weights = [*_KINDS], [*_KINDS.values()]
    while True:
        for kind in office.chance.choices(kinds, weights):
            yield from kind(office)


def _first(count: int, found: Iterator[Drop]) -> Iterator[Drop]:
    for _, one in zip(range(count), found, strict=False):
        yield one
