"""Judge every reply of the API by one table.

The order of reading: HTTP code, is the body JSON, is it an object, ``success`` (flat, else under
``status``), then ``Message`` and ``ModelState``. An update is *done* only for a 2xx with an object
whose ``success`` is exactly ``true``; everything else is refused for good, tried again, or ends
the run. What the API says about bad keys arrives as **HTTP 400**, not 401 (``docs/api.md``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from pydantic_core import from_json

from pipeline.core.outcome import NextStep

__all__ = ["Answer", "Decision", "NoAnswer", "Verdict", "judge"]

_BOM: Final = b"\xef\xbb\xbf"
MAX_QUOTED: Final = 300
"""Most characters of an API message that ``reason`` quotes."""


@dataclass(slots=True)  # one a request, as those below: freezing costs more than all the rest
class Answer:
    """What came back: HTTP ``status``, the raw ``Retry-After`` header, and the capped body."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    whole: bool = True
    """False where the body was cut off or longer than the cap: it cannot be trusted."""
    date: str | None = None
    """The raw ``Date`` header: the server's clock."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No HTTP reply came. ``reached``: the request may have arrived at the server."""

    reached: bool
    what: str
    """The cause in a few words, for a person: ``the connection was refused``."""
    todo: str = ""
    """What may help, as the end of a sentence: ``look at this machine's clock``."""


class Decision(Enum):
    """What follows from a reply."""

    DONE = auto()
    REFUSED = auto()
    RETRY = auto()
    STOP_KEYS = auto()
    STOP_TARGET = auto()


@dataclass(slots=True)
class Verdict:
    """A judged reply.

    ``doubt``: this attempt may have been stored. ``complaint``: the server asks for less (429,
    503). ``suspicious``: a final refusal that does not look like the API's own voice, so it counts
    for ``stop.after_failures``. ``sentence`` is for the ``reason`` column: of a refusal or a stop
    as it stands, of a reply that is tried again without what to do. ``no_answer`` is there where
    nothing came back at all. ``fields``: those that a refusal is about.
    """

    decision: Decision
    sentence: str
    http_status: int | None = None
    reference_id: str | None = None
    next_step: NextStep = NextStep.SEND_AGAIN
    doubt: bool = False
    complaint: bool = False
    suspicious: bool = False
    no_answer: NoAnswer | None = None
    fields: tuple[str, ...] = ()


# HTTP code → what it means whatever the body says. Codes not here are judged with their body.
_STOP_KEYS = frozenset({401, 403})
_STOP_TARGET = frozenset({405, 407, 415})
_TURNED_AWAY = frozenset({429})
_COMPLAINTS = frozenset({429, 503})


def judge(reply: Answer | NoAnswer) -> Verdict:
    """Say what a reply to ``PUT /v3/update_customer`` means for its order."""
    if isinstance(reply, NoAnswer):
        doubt = ", so the address may be stored" if reply.reached else ""
        return Verdict(
            Decision.RETRY,
            f"No answer came from the API ({reply.what}){doubt}.",
            doubt=reply.reached,
            no_answer=reply,
        )
    said = _read(reply)
    if reply.status < 200:
        return _not_the_api(reply.status)
    if reply.status < 300:
        return _judge_2xx(reply.status, said)
    if reply.status < 400:
        return _stop_target(
            reply.status,
            f"The API answered with a redirect (HTTP {reply.status}), which is never followed, so "
            "the run stopped",
        )
    if reply.status < 500:
        return _judge_4xx(reply.status, said)
    return Verdict(
        Decision.RETRY,
        f"The API had a fault (HTTP {reply.status}), so the address may be stored.",
        http_status=reply.status,
        reference_id=said.reference_id,
        doubt=True,
        complaint=reply.status in _COMPLAINTS,
    )


def _judge_2xx(status: int, said: _Said) -> Verdict:
    if said.about_keys:
        return _stop_keys(status)
    if said.success is True:
        return Verdict(
            Decision.DONE,
            "",
            http_status=status,
            reference_id=said.reference_id,
            next_step=NextStep.NOTHING,
        )
    if said.success is False:
        return _refused(status, said, NextStep.ASK)
    return Verdict(
        Decision.RETRY,
        f"The API answered (HTTP {status}) without saying whether it stored the address.",
        http_status=status,
        reference_id=said.reference_id,
        doubt=True,
    )


def _judge_4xx(status: int, said: _Said) -> Verdict:
    if status in _STOP_KEYS or said.about_keys:
        return _stop_keys(status)
    if status in _STOP_TARGET or (status == 404 and said.missing_route):
        return _not_the_api(status)
    if status == 408:
        return Verdict(
            Decision.RETRY,
            "The API gave up waiting (HTTP 408), so the address may be stored.",
            http_status=status,
            doubt=True,
        )
    if status in _TURNED_AWAY:
        return Verdict(
            Decision.RETRY,
            f"The API turned the request away as too many (HTTP {status}).",
            http_status=status,
            complaint=True,
        )
    return _refusal(status, said)


def _refusal(status: int, said: _Said) -> Verdict:
    if not said.is_object:
        return Verdict(
            Decision.REFUSED,
            f"What answered (HTTP {status}) does not speak like FinerWorks' API; apply the sheet "
            "again, and ask FinerWorks if it stays so.",
            http_status=status,
            next_step=NextStep.ASK,
            suspicious=True,
        )
    if status == 404:
        quoted = f" ({_quoted(said.message)})" if said.message else ""
        return Verdict(
            Decision.REFUSED,
            f"FinerWorks does not know this order{quoted}; correct its order id (the confirmation "
            "id is another number) and apply the sheet again.",
            http_status=status,
            reference_id=said.reference_id,
            next_step=NextStep.FIX,
            fields=("order_id",),
        )
    return _refused(status, said, NextStep.FIX if said.fields else NextStep.ASK)


def _refused(status: int, said: _Said, next_step: NextStep) -> Verdict:
    fix = next_step is NextStep.FIX
    todo = "correct the row and apply the sheet again" if fix else "ask FinerWorks about this order"
    quoted = f": {_quoted(said.message)}" if said.message else ", without saying why"
    return Verdict(
        Decision.REFUSED,
        f"FinerWorks refused this address (HTTP {status}){quoted}; {todo}.",
        http_status=status,
        reference_id=said.reference_id,
        next_step=next_step,
        fields=said.fields,
    )


def _stop_keys(status: int) -> Verdict:
    return Verdict(
        Decision.STOP_KEYS,
        f"FinerWorks did not take the two keys (HTTP {status}), so the run stopped; check "
        "them, then run the same command again.",
        http_status=status,
    )


def _not_the_api(status: int) -> Verdict:
    return _stop_target(
        status, f"What answered (HTTP {status}) is not FinerWorks' API, so the run stopped"
    )


def _stop_target(status: int, what: str) -> Verdict:
    return Verdict(
        Decision.STOP_TARGET,
        f"{what}; check the target (--live, --test or --base-url), then run the same command "
        "again.",
        http_status=status,
    )


@dataclass(slots=True)
class _Said:
    """What a body says, as far as it can be believed."""

    is_object: bool = False
    success: bool | None = None
    message: str = ""
    reference_id: str | None = None
    about_keys: bool = False
    missing_route: bool = False
    fields: tuple[str, ...] = ()
    """Those that ``ModelState`` names."""


def _read(answer: Answer) -> _Said:
    if not answer.whole:
        return _Said()
    try:
        parsed = _parsed(answer.body.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return _Said()
    return _understand(parsed) if isinstance(parsed, dict) else _Said()


def _parsed(body: bytes) -> object:
    """Read JSON by pydantic's own reader, a quarter of the time; the standard one takes more."""
    try:
        return from_json(body)
    except ValueError:  # half a surrogate pair, say
        return json.loads(body.decode())


def _understand(body: dict[str, Any]) -> _Said:
    status = body if "success" in body else body.get("status")
    if not isinstance(status, dict):
        status = {}
    if status is body and body["success"] is True and _says_no_more(body):
        return _Said(True, True, reference_id=_reference(body.get("reference_id")))
    success = status.get("success")
    fields = _model_state(body.get("ModelState"))
    message = _first_text(status.get("message"), body.get("Message"), body.get("message"))
    by_field = "; ".join(f"{name}: {text}" if name else text for name, text in fields.items())
    return _Said(
        is_object=True,
        success=success if isinstance(success, bool) else None,
        message=_quotable(by_field or message),
        reference_id=_reference(status.get("reference_id")),
        about_keys=_about_keys(body.get("ModelState"), message),
        missing_route="MessageDetail" in body or message.startswith("No HTTP resource"),
        fields=tuple(fields),
    )


def _says_no_more(body: dict[str, Any]) -> bool:
    """Tell a plain success, which nearly every reply is, from one that has a message too."""
    return not body.get("message") and "Message" not in body and "ModelState" not in body


def _model_state(state: object) -> dict[str, str]:
    """Flatten ``{"request.customer_info.city": ["text"]}`` to ``{"city": "text"}``."""
    if not isinstance(state, Mapping):
        return {}
    flat = {}
    for path, texts in state.items():
        first = texts[0] if isinstance(texts, list) and texts else texts
        flat[str(path).rsplit(".", 1)[-1]] = first if isinstance(first, str) else "not accepted"
    return flat


def _about_keys(state: object, message: str) -> bool:
    """Tell the one 400 that is about the keys, seen live by a client, from all others."""
    if isinstance(state, Mapping) and any("authorization_credentials" in str(k) for k in state):
        return True
    said = " ".join([message, *_model_state(state).values()])
    return "unauthorized api credentials" in said.lower()


def _first_text(*candidates: object) -> str:
    return next((text for text in candidates if isinstance(text, str) and text), "")


def _reference(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return _quotable(str(value)) or None


_INNER_QUOTES: Final = str.maketrans("\u201c\u201d\u201e", "\u2018\u2019\u201a")
_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
)
"""Fillers and selectors that count as letters or marks and show nothing."""
_MARKS_OF_ONE_LETTER: Final = 4
"""More combining marks than any language stacks would spill over the lines around."""


def _quoted(message: str) -> str:
    """Put a clean message into quotation marks that none within it can be taken for."""
    return f"\u201c{message.translate(_INNER_QUOTES)}\u201d"


def _quotable(text: str) -> str:
    """One line without control or format characters, of a length a cell can show."""
    if text.isascii() and text.isalnum() and len(text) <= MAX_QUOTED:  # as nearly all are
        return text
    clean = "".join(_seen(text[: 4 * MAX_QUOTED]))
    clean = re.sub(r"\s+", " ", clean).strip()
    return clean if len(clean) <= MAX_QUOTED else clean[: MAX_QUOTED - 1] + "…"


def _seen(text: str) -> Iterator[str]:
    """Give the characters that a person sees; what has no shape of its own becomes a space."""
    marks = 0
    for c in text:
        kind = unicodedata.category(c)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind[0] == "C" or c in _UNSEEN:
            yield " "
        elif marks <= _MARKS_OF_ONE_LETTER:
            yield c
