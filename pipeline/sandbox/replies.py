"""What the API says, word for word: one builder for each kind of reply.

Source of the shapes: the vendor's help pages, public clients, and the defaults of ASP.NET Web API,
as set down in ``docs/api.md``. No reply quotes a value of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ApiReply",
    "body_too_large",
    "credentials_refused",
    "denied",
    "enveloped",
    "fault",
    "invalid",
    "media_type_unsupported",
    "no_route",
    "order_not_found",
    "refused",
    "too_many",
    "updated",
    "verb_not_allowed",
]


@dataclass(frozen=True, slots=True)
class ApiReply:
    """One reply: HTTP ``status``, JSON ``body``, and headers beyond the usual ones."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Give the body as JSON bytes."""
        return json.dumps(self.body).encode()


def updated(reference_id: str) -> ApiReply:
    """``update_customer`` took the address: a flat response_status."""
    return ApiReply(200, _response_status(reference_id=reference_id))


def refused(message: str, *, status: int = 200) -> ApiReply:
    """``success: false``, which may come with HTTP 200 as well as with a 4xx."""
    return ApiReply(
        status, _response_status(success=False, status_code=max(status, 400), message=message)
    )


def enveloped(**more: Any) -> ApiReply:
    """A good reply of every other endpoint: response_status under ``status``, ``more`` beside."""
    return ApiReply(200, {"status": _response_status(), **more})


def order_not_found() -> ApiReply:
    """The service does not know the order."""
    status = _response_status(success=False, status_code=404, message="not found")
    return ApiReply(404, {"status": status})


def invalid(faults: Mapping[str, Sequence[str]]) -> ApiReply:
    """Model validation failed: texts by path, such as ``request.customer_info.city``."""
    state = {path: list(texts) for path, texts in faults.items()}
    return ApiReply(400, {"Message": "The request is invalid.", "ModelState": state})


def credentials_refused() -> ApiReply:
    """Missing or wrong keys: HTTP 400, not 401 (seen live by a public client)."""
    return invalid(
        {"ApiC.Models.authorization_credentials": ["Missing or unauthorized api credentials"]}
    )


def denied(status: int = 401) -> ApiReply:
    """The framework's own refusal (401 or 403)."""
    return ApiReply(status, {"Message": "Authorization has been denied for this request."})


def no_route() -> ApiReply:
    """Nothing answers at this path."""
    return ApiReply(
        404,
        {
            "Message": "No HTTP resource was found that matches the request URI.",
            "MessageDetail": "No action was found on the controller that matches the request.",
        },
    )


def verb_not_allowed(allowed: str) -> ApiReply:
    """The path is right, the verb is not."""
    message = "The requested resource does not support this http method."
    return ApiReply(405, {"Message": message}, {"Allow": allowed})


def media_type_unsupported() -> ApiReply:
    """The body is not sent as JSON."""
    message = "The request entity's media type is not supported for this resource."
    return ApiReply(415, {"Message": message})


def body_too_large() -> ApiReply:
    """The body is larger than any address."""
    return ApiReply(413, {"Message": "The request entity is too large."})


def too_many(retry_after: str | None = None) -> ApiReply:
    """The rate limit is passed; ``retry_after`` is the header's text, if there is to be one."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return ApiReply(429, {"message": "Too many requests"}, headers)


def fault(status: int = 500) -> ApiReply:
    """The service broke down over this request."""
    return ApiReply(status, {"Message": "An error has occurred."})


def _response_status(
    *,
    success: bool = True,
    status_code: int = 200,
    message: str = "",
    reference_id: str | None = None,
) -> dict[str, Any]:
    return {
        "success": success,
        "status_code": status_code,
        "message": message,
        "debug": None,
        "reference_id": reference_id,
    }
