"""The orders that the sandbox remembers, and what it says of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["STATUS_LABELS", "OrderBook"]

# Ids and labels that are documented, and "Shipped" as clients saw it.
STATUS_LABELS: Final[Mapping[int, str]] = {
    1: "Waiting Customer Response",
    2: "Pending Payment",
    3: "Order Received",
    7: "Shipped",
}
_RECEIVED: Final = 3
# FinerWorks shows sellers two numbers for an order. They must differ here too, so that nobody
# takes the one for the other and finds that it works.
_CONFIRMATION_OFFSET: Final = 1_000_000
_HALFWAY: Final = 2**62
# Far beyond any number of orders that there can be, so that a made-up id used elsewhere hits none;
# of 11 digits, so that no spreadsheet shows it as 1E+10.
_MADE_UP_FROM: Final = 10_000_000_000
_SPELT_FROM: Final = 5 * _MADE_UP_FROM
_COUNTED: Final = re.compile(r"[1-9][0-9]{0,9}")


class OrderBook:
    """Every positive order id exists. A PO is known beforehand or from an address that was sent.

    ``addresses`` holds the ``customer_info`` last stored, by order id. With ``make_up`` every
    other PO that consists of letters and digits, a digit among them, has a made-up order id as
    soon as it is asked for, always the same one: FinerWorks' order app keeps a shop's number so.
    """

    def __init__(self, known: Mapping[str, int], *, make_up: bool = False) -> None:
        self._make_up = make_up
        self.addresses: dict[int, dict[str, Any]] = {}
        self._known = {order_id: po for po, order_id in known.items()}
        self._ids: dict[str, dict[int, None]] = {po: {i: None} for po, i in known.items()}

    def store(self, order_id: int, customer_info: dict[str, Any]) -> None:
        """Replace the whole address of an order."""
        old = self.addresses.get(order_id)
        self.addresses[order_id] = customer_info
        if order_id in self._known:
            return
        if old is not None and old.get("address_order_po"):
            del self._ids[old["address_order_po"]][order_id]
        po = customer_info.get("address_order_po")
        if po:
            self._ids.setdefault(po, {})[order_id] = None

    def ids_of(self, po: str) -> tuple[int, ...]:
        """Give the orders of a PO number, compared as written."""
        return tuple(self._ids.get(po, ()))

    def statuses(self, order_ids: Iterable[int], order_pos: Iterable[str]) -> list[dict[str, Any]]:
        """Give each order that was asked for once; unknown POs are left out, as the API does."""
        asked = dict.fromkeys(order_ids)
        for po in order_pos:
            asked |= dict.fromkeys(self.ids_of(po) or self._made_up(po))
        return [self._status(order_id) for order_id in asked]

    def _made_up(self, po: str) -> tuple[int, ...]:
        if not (self._make_up and po.isalnum() and any(map(str.isdigit, po))):
            return ()
        order_id = _made_up_id(po)
        self._known[order_id] = po
        self._ids[po] = {order_id: None}
        return (order_id,)

    def _status(self, order_id: int) -> dict[str, Any]:
        offset = _CONFIRMATION_OFFSET if order_id < _HALFWAY else -_CONFIRMATION_OFFSET
        sent = self.addresses.get(order_id, {}).get("address_order_po")
        return {
            "order_confirmation_id": order_id + offset,
            "order_po": self._known.get(order_id, sent),
            "order_id": order_id,
            "order_status_id": _RECEIVED,
            "order_status_label": STATUS_LABELS[_RECEIVED],
            "shipments": [],
        }


def _made_up_id(po: str) -> int:
    """Give the same id for a PO at all times; one of digits can be read in its id."""
    if _COUNTED.fullmatch(po):
        return _MADE_UP_FROM + int(po)
    digest = hashlib.sha256(po.encode("utf-8", "surrogatepass")).digest()
    return _SPELT_FROM + int.from_bytes(digest) % _SPELT_FROM
