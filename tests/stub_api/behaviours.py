"""How a stub decides: functions from a request to a reply, and ways to combine them.

Wherever a behaviour is wanted, a bare :class:`Reply` does as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from pipeline.sandbox import replies as api
from tests.stub_api.replies import Json, Page, Reply, said
from tests.stub_api.wire import Seen

__all__ = [
    "Behaviour",
    "Step",
    "after",
    "array_200",
    "by_order",
    "credentials_400",
    "credentials_ok",
    "decide",
    "empty_200",
    "forbidden",
    "half_json",
    "html_200",
    "modelstate_400",
    "not_found_order",
    "not_found_route",
    "ok",
    "ok_without_reference",
    "order_statuses",
    "sequence",
    "server_error",
    "success_as_text",
    "success_false",
    "text_plain_json",
    "too_many",
    "unauthorized",
]

Behaviour = Callable[[Seen], Reply]
Step = Reply | Behaviour


def decide(step: Step, seen: Seen) -> Reply:
    """Give the reply that a step means for a request."""
    return step if isinstance(step, Reply) else step(seen)


def ok(seen: Seen) -> Page:
    """The API took the address; the reference id tells the request apart from every other."""
    reference = hashlib.md5(f"{seen.number}".encode(), usedforsecurity=False).hexdigest()
    return said(api.updated(reference))


def ok_without_reference(seen: Seen) -> Page:
    """Success with nothing to refer to."""
    return Json(200, {"success": True})


def credentials_ok(seen: Seen) -> Page:
    """The answer of test_my_credentials, with an account that must not show up anywhere."""
    account = {"profile_name": "ACCOUNT-PROFILE-MARKER"}
    return said(api.enveloped(user_account=account))


def credentials_400(seen: Seen) -> Page:
    """Wrong keys, as the API says it."""
    return said(api.credentials_refused())


def unauthorized(seen: Seen) -> Page:
    """HTTP 401."""
    return said(api.denied(401))


def forbidden(seen: Seen) -> Page:
    """HTTP 403."""
    return said(api.denied(403))


def modelstate_400(seen: Seen) -> Page:
    """Model validation finds fault with the ZIP."""
    text = "The zip_postal_code field is required."
    return said(api.invalid({"request.customer_info.zip_postal_code": [text]}))


def not_found_order(seen: Seen) -> Page:
    """404: no such order."""
    return said(api.order_not_found())


def not_found_route(seen: Seen) -> Page:
    """404: no such path, so this is not the API."""
    return said(api.no_route())


def success_false(seen: Seen) -> Page:
    """HTTP 200, and yet refused."""
    return said(api.refused("Order cannot be updated."))


def success_as_text(seen: Seen) -> Page:
    """``"success": "true"``: not to be believed."""
    return Json(200, {"success": "true", "status_code": 200, "message": "", "debug": None})


def order_statuses(known: Mapping[str, Sequence[object]]) -> Behaviour:
    """fetch_order_status, as it answers of these numbers and their order ids; others are not there.

    The confirmation ids are other numbers, and an address stands beside them to be left alone.
    """

    def behave(seen: Seen) -> Page:
        orders = [
            {
                "order_po": po,
                "order_id": order_id,
                "order_confirmation_id": 411_000_000 + index,
                "order_status_id": 3,
                "order_status_label": "Order Received",
                "shipments": [{"carrier": "SHIPMENT-MARKER"}],
            }
            for po in seen.json["order_pos"]
            for index, order_id in enumerate(known.get(po, ()))
        ]
        return said(api.enveloped(orders=orders))

    return behave


def html_200(seen: Seen) -> Page:
    """Somebody's web page (a proxy, a captive portal)."""
    return Page(200, b"<!doctype html><title>Welcome</title><p>Please sign in.</p>")


def empty_200(seen: Seen) -> Page:
    """HTTP 200 and nothing else."""
    return Page(200, b"", "application/json")


def half_json(seen: Seen) -> Page:
    """JSON that stops in the middle although the body is as long as announced."""
    return Page(200, ok(seen).body[:-20], "application/json")


def array_200(seen: Seen) -> Page:
    """A bare array, as some endpoints have answered."""
    return Json(200, [{"success": True}])


def text_plain_json(seen: Seen) -> Page:
    """A good answer under the wrong content type."""
    return Page(200, ok(seen).body, "text/plain")


def server_error(seen: Seen) -> Page:
    """HTTP 500."""
    return said(api.fault())


def too_many(retry_after: str | None = None) -> Behaviour:
    """HTTP 429, with this Retry-After if one is given (seconds, a date, or nonsense)."""
    return lambda _seen: said(api.too_many(retry_after))


def sequence(steps: Sequence[Step], then: Step = ok) -> Behaviour:
    """Do one step after the other, for each order anew; ``then`` when they are used up."""
    done: dict[int | None, int] = {}

    def behave(seen: Seen) -> Reply:
        turn = done.get(seen.order_id, 0)
        done[seen.order_id] = turn + 1
        return decide(steps[turn] if turn < len(steps) else then, seen)

    return behave


def by_order(steps: Mapping[int, Step], otherwise: Step = ok) -> Behaviour:
    """Treat these orders in their own way."""

    def behave(seen: Seen) -> Reply:
        own = None if seen.order_id is None else steps.get(seen.order_id)
        return decide(otherwise if own is None else own, seen)

    return behave


def after(count: int, then: Step, first: Step = ok) -> Behaviour:
    """Do ``first`` to the first ``count`` requests, whatever their order, and ``then`` to all."""
    came = 0

    def behave(seen: Seen) -> Reply:
        nonlocal came
        came += 1
        return decide(first if came <= count else then, seen)

    return behave
