"""From an approved plan to its answers: the target is reached, the client opened, the run sent.

The command and the library both send by this one function, so their promises are the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from pipeline import wiring
from pipeline.config import Keys, Loaded
from pipeline.core.errors import ConfigError, PipelineError
from pipeline.core.events import Progress
from pipeline.core.order_ids import OrderIds
from pipeline.core.target import Target
from pipeline.job.apply import Apply
from pipeline.sandbox import Sandbox
from pipeline.sending import ApiClient

__all__ = ["deliver", "missing_columns", "reachable", "refuse_made_up", "refuse_to_clear"]


async def deliver(
    apply: Apply,
    loaded: Loaded,
    target: Target,
    keys: Keys,
    *,
    target_no: int,
    total: int,
    approved: str,
    on_progress: Callable[[Progress], None],
) -> PipelineError | None:
    """Send what a plan left pending to ``target``; gives what stopped it early, or ``None``."""
    async with reachable(target) as reached:
        options = wiring.client_options(loaded.config, reached, keys)
        known = wiring.known_rate(apply.ledger, target_no)
        gate = wiring.gate_for(loaded, reached, wiring.SystemClock(), known)
        async with ApiClient(options) as client:
            try:
                return await apply.send(
                    client,
                    gate,
                    wiring.send_options(loaded.config),
                    target_no=target_no,
                    total=total,
                    approved=approved,
                    on_progress=on_progress,
                )
            finally:
                wiring.keep_pace(apply.ledger, target, target_no, gate)


@asynccontextmanager
async def reachable(target: Target) -> AsyncIterator[Target]:
    """Give the target with its URL; a sandbox is started for this run and ends with it."""
    if target.kind != "sandbox" or target.base_url:
        yield target
        return
    async with Sandbox(make_up_ids=True) as sandbox:
        yield replace(target, base_url=sandbox.base_url)


def missing_columns(apply: Apply) -> list[str]:
    """Name the optional fields that some sheet has no column for, in the payload's order."""
    return list(dict.fromkeys(name for one in apply.staged for name in one.mapping.missing))


def refuse_made_up(ids: OrderIds | None, target: Target) -> None:
    """Refuse order ids that the sandbox made up, anywhere but on this machine."""
    if ids is not None and ids.made_up and not target.loopback:
        raise ConfigError(
            "The --ids sheet holds order ids that the sandbox made up; get FinerWorks' own ones: "
            "address-pipeline ids SHEET --live."
        )


def refuse_to_clear(sentence: str) -> ConfigError:
    """Say that absent columns clear what is stored, and that nobody said this is meant."""
    return ConfigError(
        f"There is {sentence}; nothing was sent. Add the column, or say that this is meant with "
        "--missing clear."
    )
