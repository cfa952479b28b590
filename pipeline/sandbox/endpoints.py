"""The endpoints that the sandbox serves, as a table: path, verb, body check, answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.sandbox.orders import STATUS_LABELS, OrderBook
from pipeline.sandbox.replies import ApiReply, enveloped, updated
from pipeline.sandbox.validation import Faults, status_faults, update_faults

__all__ = ["ENDPOINTS", "Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``faults_of`` checks a body (None: no body is read); ``answer`` gets a sound one."""

    verb: str
    answer: Callable[[OrderBook, Mapping[str, Any]], ApiReply]
    faults_of: Callable[[object], Faults] | None = None


def _update_customer(book: OrderBook, body: Mapping[str, Any]) -> ApiReply:
    book.store(body["order_id"], body["customer_info"])
    return updated(uuid.uuid4().hex)


def _fetch_order_status(book: OrderBook, body: Mapping[str, Any]) -> ApiReply:
    found = book.statuses(body.get("order_ids") or (), body.get("order_pos") or ())
    return enveloped(orders=found)


def _test_my_credentials(_book: OrderBook, _body: Mapping[str, Any]) -> ApiReply:
    return enveloped(user_account={})


def _list_order_status_definitions(_book: OrderBook, _body: Mapping[str, Any]) -> ApiReply:
    definitions = [
        {"order_status_id": number, "order_status_label": label}
        for number, label in STATUS_LABELS.items()
    ]
    return enveloped(definitions=definitions)


ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "/v3/update_customer": Endpoint("PUT", _update_customer, update_faults),
    "/v3/fetch_order_status": Endpoint("POST", _fetch_order_status, status_faults),
    "/v3/test_my_credentials": Endpoint("GET", _test_my_credentials),
    "/v3/list_order_status_definitions": Endpoint("GET", _list_order_status_definitions),
}
