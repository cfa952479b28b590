"""Replies in all the ways in which they come, and what the program's judge makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.reply import Answer, Decision, NoAnswer, Verdict
from pipeline.sandbox import replies as api
from pipeline.sandbox.replies import ApiReply

__all__ = ["REPLIES", "next_step_of", "outcome_of", "then"]

_OK: Final[dict[str, Any]] = {"success": True, "message": "", "reference_id": "0f3c"}
_FIELD: Final = {"request.customer_info.city": ["The city field is required."]}


def _said(reply: ApiReply, status: int | None = None) -> Answer:
    return Answer(status or reply.status, reply.encoded())


def _json(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _page(status: int) -> Answer:
    return Answer(status, b"<!doctype html><title>Welcome</title>")


REPLIES: Final[Mapping[str, Answer | NoAnswer]] = {
    "2xx, object, `success` is `true`": _json(200, _OK),
    "the same under `status`": _json(200, {"status": _OK}),
    "2xx, `success` is `false`": _said(api.refused("Order cannot be updated.")),
    '2xx, `success` is the text `"true"`, a number, or missing': _json(
        200, _OK | {"success": "true"}
    ),
    "2xx, an array": _json(200, [_OK]),
    "2xx, HTML": _page(200),
    "2xx, empty": Answer(200, b""),
    "2xx, JSON cut off, or a body over 1 MiB": Answer(200, b'{"success": true', whole=False),
    "101, another protocol": _page(101),
    "3xx": _page(302),
    "400 about the keys": _said(api.credentials_refused()),
    "400 about a field (`ModelState`)": _said(api.invalid(_FIELD)),
    "400 otherwise, as JSON": _json(400, {"Message": "The request is invalid."}),
    "401": _said(api.denied(401)),
    "403": _said(api.denied(403)),
    "404 of the order": _said(api.order_not_found()),
    "404 of the route": _said(api.no_route()),
    "405": _said(api.verb_not_allowed("PUT")),
    "407": _page(407),
    "408": _page(408),
    "415": _said(api.media_type_unsupported()),
    "429": _said(api.too_many()),
    "another 4xx, as JSON": _json(409, {"Message": "Conflict."}),
    "another 4xx, not JSON": _page(418),
    "500": _said(api.fault()),
    "502, 504": _page(502),
    "503": _page(503),
    "no connection: refused, unknown host, TLS, proxy": NoAnswer(reached=False, what="…"),
    "no answer in time, or the connection was cut": NoAnswer(reached=True, what="…"),
}
"""By what came, in the words of docs/outcomes.md."""

_THEN: Final[Mapping[Decision, str]] = {
    Decision.DONE: "done",
    Decision.REFUSED: "refused for good",
    Decision.RETRY: "tried again",
    Decision.STOP_KEYS: "the run stops, exit 4",
    Decision.STOP_TARGET: "the run stops, exit 5",
}


def then(verdict: Verdict) -> str:
    """Say what follows for the run."""
    words = _THEN[verdict.decision]
    if verdict.complaint:
        words += ", slower"
    if verdict.suspicious:
        words += "; counts as a failure"
    return words


def outcome_of(verdict: Verdict) -> Outcome:
    """Give the outcome of a row that never gets another reply than this."""
    if verdict.decision is Decision.RETRY:
        return Outcome.UNKNOWN if verdict.doubt else Outcome.FAILED
    if verdict.decision is Decision.DONE:
        return Outcome.UPDATED
    return Outcome.REJECTED if verdict.decision is Decision.REFUSED else Outcome.NOT_SENT


def next_step_of(verdict: Verdict) -> str:
    """Give what its row says is to be done."""
    outcome = outcome_of(verdict)
    return verdict.next_step if outcome is Outcome.REJECTED else OUTCOMES[outcome].next_step
