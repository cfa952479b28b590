"""The target: its name, the way there, whether it takes the keys, and what time it has."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Final

from pipeline import wiring
from pipeline.cli.doctoring.findings import Finding, bad, note, ok
from pipeline.cli.session import Session
from pipeline.config import Keys
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode
from pipeline.core.reply import Answer, Decision, NoAnswer, judge
from pipeline.core.target import Target
from pipeline.sending import ApiClient

__all__ = ["NO_TARGET", "look_at_network"]

MOST_CLOCK_SECONDS: Final = 120
NO_TARGET: Final = note(
    "network", "not looked at: name a target (--live, --test, --base-url) and set the keys"
)


async def look_at_network(session: Session, target: Target, keys: Keys) -> list[Finding]:
    """Ask for test_my_credentials, which changes nothing."""
    way = _way(session, target)
    try:
        options = wiring.client_options(session.config, target, keys)
        begun = time.monotonic()
        async with ApiClient(options) as client:
            reply = await client.test_credentials()
    except ConfigError as error:
        return [bad("network", str(error))]
    if isinstance(reply, NoAnswer):
        todo = reply.todo or "look at the network"
        words = f"{target.host} does not answer ({reply.what}), {way}; {todo}."
        return [bad("network", words, ExitCode.STOPPED)]
    took = f"in {1000 * (time.monotonic() - begun):,.0f} ms"
    return [
        ok("network", f"{target.host} answers {took}, {way}"),
        _taken(reply, target),
        *_clock(reply),
    ]


def _way(session: Session, target: Target) -> str:
    """Say through what; a proxy's own URL may hold a password."""
    api = session.config.api
    through = "through the configured proxy" if api.proxy and not target.loopback else "directly"
    return through + (f", with {api.ca_file}" if api.ca_file else "")


def _taken(reply: Answer, target: Target) -> Finding:
    verdict = judge(reply)
    if verdict.decision is Decision.DONE:
        return ok("keys", f"taken by {target.host}")
    if verdict.decision is Decision.STOP_KEYS:
        words = (
            f"{target.host} does not take them (HTTP {reply.status}); copy both again from your "
            "FinerWorks account."
        )
        return bad("keys", words, ExitCode.CREDENTIALS)
    return note("keys", f"{target.host} did not say whether it takes them")


def _clock(reply: Answer) -> list[Finding]:
    """Compare with the server's Date, which is of the second in which it answered."""
    if reply.date is None:
        return []
    try:
        apart = abs(parsedate_to_datetime(reply.date).timestamp() - time.time())
    except ValueError:
        return []
    if apart > MOST_CLOCK_SECONDS:
        words = f"this machine's clock is {apart:.0f} s apart from the server's; set it."
        return [note("clock", words)]
    return [ok("clock", "agrees with the server's")]
