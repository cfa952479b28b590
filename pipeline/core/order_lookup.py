"""From PO numbers to FinerWorks' order ids, by what ``fetch_order_status`` answers.

A wrong order id would change another order's address, so only a single fit counts, and an answer
about a number that was not asked for is not believed. Numbers are compared as the ``--ids`` sheet
is read (:mod:`pipeline.core.order_ids`): as written, then by letters and digits only.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pipeline.core.order_ids import is_rounded, number_lost
from pipeline.core.platforms import plain
from pipeline.core.reply import Answer, Decision, NoAnswer, Verdict, judge

__all__ = [
    "MOST_PER_CALL",
    "PAIR_COLUMNS",
    "Lookup",
    "LookupReply",
    "Order",
    "Pair",
    "not_a_number",
    "read_reply",
    "request_body",
    "slices",
]

MOST_PER_CALL: Final = 25
"""No limit is known; other clients ask for as many in a page (``docs/api.md``)."""
LONGEST_PO: Final = 50
"""FinerWorks refuses a longer PO number (``docs/api.md``)."""
PAIR_COLUMNS: Final = ("order_po", "order_id", "order_status", "note")

NOT_FOUND: Final = "not found: not submitted to FinerWorks yet, or known there by another number"
SEVERAL: Final = "several orders have this number: delete the lines of the wrong ones"
NO_ID: Final = "FinerWorks knows the number but gave no order id for it: ask FinerWorks"
ONE_WITHOUT_ID: Final = "several orders have this number, one of them without an id: ask FinerWorks"
SHARED: Final = "its order id came back for another number as well: ask FinerWorks"
TOO_LONG: Final = f"not asked: longer than the {LONGEST_PO} characters of a PO number"
ROUNDED: Final = "not asked: Excel has rounded this number; put the cell right"
DAMAGED: Final = (
    "not asked: no number, or one that Excel turned into something else; put the cell right"
)

_LONGEST_LABEL: Final = 60
# From 16 digits on Excel rounds; OrderIds reads no such id.
_ID: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was answered; ``order_id`` is None where none came that can be one."""

    order_po: str
    order_id: int | None
    status: str = ""


@dataclass(frozen=True, slots=True)
class LookupReply:
    """A judged answer: believed ``orders`` where the verdict is *done*, else ``trouble``.

    ``trouble`` is a few words for a person that quote nothing of the body. ``unknown``: the
    service says that what was asked for is not there. ``away``: it did not answer, or turned the
    call away, so the numbers themselves are not to blame.
    """

    verdict: Verdict
    orders: tuple[Order, ...] = ()
    trouble: str = ""

    @property
    def unknown(self) -> bool:
        """Tell a plain "not found" (HTTP 404 with an object of the API)."""
        refused = self.verdict.decision is Decision.REFUSED and not self.verdict.suspicious
        return refused and self.verdict.http_status == 404

    @property
    def away(self) -> bool:
        """Tell that nothing was said about the numbers that were asked for."""
        return self.verdict.http_status is None or self.verdict.complaint


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the sheet for ``--ids``; a number with several orders has several lines."""

    order_po: str
    order_id: int | None
    status: str = ""
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Give the texts of :data:`PAIR_COLUMNS`."""
        number = "" if self.order_id is None else str(self.order_id)
        return (self.order_po, number, self.status, self.note)


def request_body(pos: Sequence[str]) -> bytes:
    """Give the body that asks for these PO numbers."""
    return json.dumps({"order_pos": list(pos)}).encode()


def slices(pos: Sequence[str]) -> list[Sequence[str]]:
    """Cut numbers into calls of at most :data:`MOST_PER_CALL`."""
    return [pos[at : at + MOST_PER_CALL] for at in range(0, len(pos), MOST_PER_CALL)]


def read_reply(asked: Collection[str], reply: Answer | NoAnswer) -> LookupReply:
    """Judge an answer to ``fetch_order_status`` that asked for these PO numbers.

    Reading is safe to repeat, so whatever cannot be trusted is to be tried again: a bare array, no
    ``success``, no list of orders, an order of a number that was not asked for.
    """
    verdict = judge(reply)
    if isinstance(reply, NoAnswer):
        todo = f"; {reply.todo}" if reply.todo else ""
        return LookupReply(verdict, trouble=f"no answer came: {reply.what}{todo}")
    if verdict.decision is not Decision.DONE:
        return LookupReply(verdict, trouble=_trouble(verdict))
    orders = _orders(json.loads(reply.body.decode("utf-8-sig")))
    known = {_key(po) for po in asked}
    if orders is None or any(_key(order.order_po) not in known for order in orders):
        what = "no list of orders" if orders is None else "other numbers than those asked for"
        verdict = replace(verdict, decision=Decision.RETRY)
        return LookupReply(verdict, trouble=f"HTTP {reply.status} came back with {what}")
    return LookupReply(verdict, orders)


def _trouble(verdict: Verdict) -> str:
    code = f"HTTP {verdict.http_status}"
    if verdict.decision is Decision.RETRY and (verdict.http_status or 0) < 300:
        return f"{code} came back without saying whether it succeeded"
    if verdict.decision is Decision.REFUSED:
        return f"it was refused ({code})"
    return code


def _orders(body: dict[str, Any]) -> tuple[Order, ...] | None:
    """Read the list of orders; ``null`` is an empty one, anything else is none at all."""
    entries = body.get("orders", 0)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        return None
    orders = [_order(entry) for entry in entries]
    return tuple(order for order in orders if order is not None) if all(orders) else None


def _order(entry: object) -> Order | None:
    if not isinstance(entry, dict):
        return None
    po = entry.get("order_po")
    text = str(po) if isinstance(po, str) or type(po) is int else ""
    return Order(text.strip(), _order_id(entry.get("order_id")), _label(entry)) if text else None


def _order_id(value: object) -> int | None:
    """Take a whole number or its text; never the confirmation id, which is another number."""
    text = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    return (int(text) or None) if _ID.fullmatch(text) else None


def _label(entry: dict[str, Any]) -> str:
    label = entry.get("order_status_label")
    if not isinstance(label, str):
        return ""
    clean = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in label)
    return " ".join(clean.split())[:_LONGEST_LABEL]


def not_a_number(po: str) -> str:
    """Say why a PO number is not asked for, or nothing."""
    if is_rounded(po):
        return ROUNDED
    if number_lost(po):
        return DAMAGED
    return TOO_LONG if len(po) > LONGEST_PO else ""


class Lookup:
    """The PO numbers of a sheet, and what has been answered about them so far.

    Numbers come as :func:`~pipeline.core.order_ids.bare_number` gives them; each counts once.
    """

    def __init__(self, numbers: Iterable[str], damaged: Collection[str] = ()) -> None:
        """Take numbers in the order of the sheet; blank ones say nothing.

        ``damaged`` are those that a spreadsheet turned into something else; they are not asked for.
        """
        self.pos = tuple(po for po in dict.fromkeys(numbers) if po)
        self._silent = {po: why for po in self.pos if (why := not_a_number(po))}
        self._silent |= dict.fromkeys(damaged, DAMAGED)
        self._troubles: dict[str, str] = {}
        self._orders: dict[str, dict[Order, None]] = {}

    def as_written(self) -> list[str]:
        """Give the numbers to ask for first."""
        return [po for po in self.pos if po not in self._silent]

    def otherwise(self) -> list[str]:
        """Give other spellings of the numbers that have no order yet.

        FinerWorks' order app keeps letters and digits of a number, its import drops a leading
        ``#``; and what the sheet has without ``#`` may be stored with it.
        """
        asked = set(self.as_written())
        spellings = dict.fromkeys(
            spelling
            for po in self.as_written()
            if _key(po) not in self._orders
            for spelling in _spellings(po)
        )
        return [spelling for spelling in spellings if spelling not in asked]

    def take(self, orders: Iterable[Order]) -> None:
        """Take the orders of a believed answer."""
        for order in orders:
            self._orders.setdefault(_key(order.order_po), {})[order] = None

    def give_up(self, spelling: str, trouble: str) -> None:
        """Remember why nothing is known of a number; what another spelling brings counts more."""
        self._troubles[_key(spelling)] = (
            f"no answer about it: {trouble}; run the same command again"
        )

    def pairs(self) -> list[Pair]:
        """Give the lines of the sheet, in the order of the numbers."""
        owners: dict[int, set[str]] = {}
        for key, orders in self._orders.items():
            for order in orders:
                if order.order_id is not None:
                    owners.setdefault(order.order_id, set()).add(key)
        shared = {order_id for order_id, keys in owners.items() if len(keys) > 1}
        return [pair for po in self.pos for pair in self._pairs_of(po, shared)]

    def counts(self) -> dict[Literal["found", "not_found", "several"], int]:
        """Count the numbers; the three add up to all of them."""
        counts: dict[Literal["found", "not_found", "several"], int]
        counts = {"found": 0, "not_found": 0, "several": 0}
        lines: dict[str, list[Pair]] = {}
        for pair in self.pairs():
            lines.setdefault(pair.order_po, []).append(pair)
        for of_one in lines.values():
            only = of_one[0]
            if len(of_one) > 1 or only.note in (SHARED, ONE_WITHOUT_ID):
                counts["several"] += 1
            else:
                counts["not_found" if only.order_id is None else "found"] += 1
        return counts

    def _pairs_of(self, po: str, shared: Collection[int]) -> list[Pair]:
        if po in self._silent:
            return [Pair(po, None, "", self._silent[po])]
        fits = self._fits(po)
        if not fits:
            return [Pair(po, None, "", self._troubles.get(_key(po), NOT_FOUND))]
        if len(fits) > 1:
            if None in fits:  # left alone, the other one would pass for the only fit
                return [Pair(po, None, "", ONE_WITHOUT_ID)]
            return [Pair(po, each, label, SEVERAL) for each, label in fits.items()]
        ((order_id, label),) = fits.items()
        if order_id in shared:
            return [Pair(po, None, label, SHARED)]
        return [Pair(po, order_id, label, NO_ID if order_id is None else "")]

    def _fits(self, po: str) -> dict[int | None, str]:
        """Give the orders of a number by their ids: as written, else by letters and digits."""
        orders = [*self._orders.get(_key(po), {})]
        written = [order for order in orders if order.order_po == po]
        return {order.order_id: order.status for order in written or orders}


def _key(po: str) -> str:
    """What makes two spellings one number; a number of signs alone is compared as written."""
    return plain(po) or po.strip()


def _spellings(po: str) -> list[str]:
    bare = "".join(character for character in po if character.isalnum())
    given = [po.removeprefix("#").strip(), bare, f"#{po}" if po.isalnum() else ""]
    return [each for each in given if each and plain(each) == plain(po) and not not_a_number(each)]
