"""Which run a person means: its id, or as much of it as only one run has."""

from __future__ import annotations

from typing import Final

from pipeline.core.errors import ConfigError
from pipeline.ledger import Ledger, runs
from pipeline.ledger.history import run_ids
from pipeline.ledger.runs import Run

__all__ = ["named_run"]

LEAST: Final = 3
"""So many characters at least name a run."""
_SHOWN: Final = 3


def named_run(ledger: Ledger, name: str) -> Run:
    """Give the run whose id is ``name``, or the only one whose id begins or ends like it.

    The target in front of an id may be left out: ``20261123-k3`` and ``k3f9q2`` name
    ``test-20261123-k3f9q2``. Raises :class:`ConfigError` with the ids that are near.
    """
    wanted = name.strip().lower()
    if (run := runs.find(ledger, wanted)) is not None:
        return run
    known = run_ids(ledger)
    fits = [run_id for run_id in known if len(wanted) >= LEAST and _fits(run_id, wanted)]
    if len(fits) == 1 and (run := runs.find(ledger, fits[0])) is not None:
        return run
    if fits:
        raise ConfigError(
            f"{len(fits):,} runs are called like {name}: {_some(fits)}; write more of the id."
        )
    near = f" The nearest: {_some(_nearest(wanted, known))}." if known else ""
    raise ConfigError(f"There is no run {name}; address-pipeline runs lists them.{near}")


def _fits(run_id: str, wanted: str) -> bool:
    return f"-{run_id}".find(f"-{wanted}") >= 0 or run_id.endswith(wanted)


def _some(ids: list[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _nearest(wanted: str, known: list[str]) -> list[str]:
    from rapidfuzz import process

    return [run_id for run_id, _, _ in process.extract(wanted, known, limit=_SHOWN)]
