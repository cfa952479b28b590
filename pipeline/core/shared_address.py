"""Many orders of different people to one address: an address dragged or pasted down.

First each row leaves eight bytes, a hash of its address. Only if one of them stands there often
enough are the rows looked at a second time, and then little is kept of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["LEAST_NAMES", "LEAST_ORDERS", "SharedAddress", "hash_of", "merged", "repeated"]

LEAST_ORDERS: Final = 5
LEAST_NAMES: Final = 3
"""So many different last names tell one address dragged down from a family's."""
_PART: Final = 1 << 16
_COUNTED: Final = 10_000


def hash_of(values: Mapping[str, str]) -> int:
    """Give a hash of a row's address, good within this process only; 0 where it has none.

    The flats of one house are as many addresses: who drags a street down with its city and ZIP
    drags the lines between them as well.
    """
    street = values.get("address_1", "")
    if not street:
        return 0
    return hash(
        (
            street,
            values.get("address_2", ""),
            values.get("address_3", ""),
            values.get("city"),
            values.get("zip_postal_code", ""),
        )
    )


def repeated(hashes: Sequence[int], least: int = LEAST_ORDERS) -> frozenset[int]:
    """Give the hashes that stand there at least ``least`` times; 0 stands for no address.

    They are dealt into parts that are sorted one by one, so that a million of them take no more
    than twice their own room.
    """
    parts = len(hashes) // _PART + 1
    dealt = [array("q") for _ in range(parts)]
    for one in hashes:
        dealt[one % parts].append(one)
    found: set[int] = set()
    step = least - 1
    for part in dealt:
        mine = sorted(part)
        found.update(one for one, later in zip(mine, mine[step:], strict=False) if one == later)
    found.discard(0)
    return frozenset(found)


def merged(rows: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Give stretches of rows for row numbers in order: ``2 3 4 9`` → ``(2, 4), (9, 9)``."""
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    return tuple(ranges)


class SharedAddress:
    """What is kept of the rows of one address: their numbers, and who they are, counted."""

    def __init__(self) -> None:
        self.rows = array("I")
        self._orders: set[str] = set()
        self._names: set[str] = set()

    def add(self, row: int, order: str, last_name: str) -> None:
        """Take the next row; further rows of one order count once, names without case."""
        self.rows.append(row)
        if len(self._orders) < _COUNTED:
            self._orders.add(order)
        if len(self._names) < LEAST_NAMES:
            self._names.add(last_name.casefold())

    @property
    def orders(self) -> int:
        """How many orders there are, up to ten thousand."""
        return len(self._orders)

    @property
    def suspicious(self) -> bool:
        """More orders under more names than a family, a couple or a school has."""
        return self.orders >= LEAST_ORDERS and len(self._names) >= LEAST_NAMES
