"""What needs a person for the first time: a run beside the last one of a sheet of its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger.rows import span
from pipeline.ledger.runs import Run
from pipeline.ledger.store import Ledger

__all__ = ["newly_needs_a_person"]

_NUMBER: Final = re.compile(r" \(\d+\)(?=\.[^.]*$|$)")
_IN_WORDS: Final = frozenset({Outcome.REJECTED, Outcome.NOT_SENT})
"""Their reason is somebody else's sentence; of all others it follows from the rules that spoke,
while its words may name other rows, which move from night to night."""

_WAITING: Final = (
    "SELECT fp, cells, outcome, next_step, http_status, refused_fields, marks, reason FROM rows"
    " WHERE id BETWEEN ? AND ? AND kind IN ('order', 'line')"
    f" AND next_step IN ('{NextStep.FIX}', '{NextStep.ASK}')"
)


class _Waits(NamedTuple):
    """What makes a row that needs a person the same one as before: its content and its reason."""

    content: bytes
    outcome: str
    next_step: str
    http_status: int | None
    fields: str
    rules: str
    words: str

    @property
    def without_words(self) -> _Waits:
        return self._replace(words="")


def newly_needs_a_person(ledger: Ledger, run: Run) -> int:
    """Count the rows of ``run`` that need a person and that did not, with the same content and
    reason, in the last run of a sheet of this name to the same host.

    What was deleted of that run since (``ledger.keep_days``, ``forget``) is no hindrance: the
    fingerprints of its rows stay, and the rules that spoke; only the API's own words are gone.
    """
    before = _last_of_this_name(ledger, run)
    known = set() if before is None else set(_waiting(ledger, before))
    return sum(
        one not in known and one.without_words not in known for one in _waiting(ledger, run.run_no)
    )


def _last_of_this_name(ledger: Ledger, run: Run) -> int | None:
    earlier = ledger.connection.execute(
        "SELECT run_no, source_path FROM runs WHERE run_no < ? AND host = ? AND target_kind = ?"
        " AND state IN ('sending', 'stopped', 'finished') ORDER BY run_no DESC",
        (run.run_no, run.host, run.target_kind),
    )
    wanted = _unnumbered(run.source.name)
    return next((no for no, path in earlier if _unnumbered(Path(path).name) == wanted), None)


def _unnumbered(name: str) -> str:
    """A number that a hot folder gave to the second sheet of a name is no part of the name."""
    return _NUMBER.sub("", name)


def _waiting(ledger: Ledger, run_no: int) -> Iterator[_Waits]:
    for fp, cells, outcome, step, http_status, fields, marks, reason in ledger.connection.execute(
        _WAITING, span(run_no)
    ):
        rules = json.loads(marks)["e"] if marks else []
        yield _Waits(
            fp or ledger.fingerprint(cells),  # a row without an address has nothing else
            outcome,
            step,
            http_status,
            fields or "",
            json.dumps(rules),
            reason if outcome in _IN_WORDS else "",
        )
