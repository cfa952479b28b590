"""``login`` and ``logout``: keep the two keys in the system's keychain, once they are checked."""

from __future__ import annotations

import getpass
import sys
from typing import Final

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.loop import run_in_loop
from pipeline.cli.session import Session
from pipeline.config import KEY_NAMES, Keys, checked_keys, choose_target
from pipeline.core.errors import ConfigError, CredentialsRefused, StoppedEarly
from pipeline.core.outcome import ExitCode
from pipeline.core.reply import Answer, Decision, NoAnswer, judge
from pipeline.core.target import Target
from pipeline.sending import ApiClient

__all__ = ["run_login", "run_logout"]

PROMPTS: Final = ("web_api_key (your account's): ", "app_key (the app's): ")
MOST_TYPED: Final = 2_000


def run_login(asked: Asked) -> ExitCode:
    """Ask for both keys, have them checked, and keep them."""
    session = Session(asked)
    screen = session.screen
    keychain = wiring.keychain(attended=screen.terminal)
    name = wiring.keychain().name()  # before anything is typed
    target = _target(session)
    typed = _typed() if screen.terminal else _piped()
    keys = checked_keys(*typed, "what was typed" if screen.terminal else "stdin")
    screen.tell(f"Asking {target.host} whether it takes them …")
    taken = _judged(run_in_loop(lambda: _ask(session, target, keys)), target)
    if taken:
        screen.warn(taken)
        if not _keep_unchecked(session):
            raise StoppedEarly("Nothing was kept; run address-pipeline login again later.")
    keychain.keep(keys.web_api_key, keys.app_key)
    how = "unchecked" if taken else f"taken by {target.host}"
    screen.sum_up(f"Both keys are in {name}, {how}. address-pipeline logout removes them.")
    for variable in _stronger(session):
        screen.warn(f"{variable} is set, and that is stronger: take it away to use the keychain.")
    return ExitCode.OK


def run_logout(asked: Asked) -> ExitCode:
    """Take the keys out of the keychain."""
    session = Session(asked)
    gone = wiring.keychain(attended=session.screen.terminal).remove()
    session.screen.sum_up(
        "Both keys were taken out of the keychain."
        if gone
        else "There was nothing to remove: address-pipeline login has put no keys there."
    )
    for variable in _stronger(session):
        session.screen.warn(f"{variable} is still set.")
    return ExitCode.OK


def _target(session: Session) -> Target:
    """Where to ask: as was said or is configured, else where the keys are for: FinerWorks itself.

    The question changes nothing there.
    """
    if session.asked.target_flag:
        return session.target()
    try:
        configured = choose_target(
            session.loaded, live=False, test=False, sandbox=False, base_url=None, unattended=True
        )
    except ConfigError:
        return Target.live()
    return Target.live() if configured.kind == "sandbox" else configured


def _typed() -> tuple[str, str]:
    """Ask without showing what is typed."""
    try:
        first, second = (getpass.getpass(prompt, stream=sys.stderr) for prompt in PROMPTS)
    except EOFError:
        raise ConfigError("Nothing was typed, and nothing was kept.") from None
    return first, second


def _piped() -> tuple[str, str]:
    """Read both keys from stdin, a line each: for set-up by a program."""
    lines = [line for line in sys.stdin.read(MOST_TYPED).splitlines() if line.strip()]
    if len(lines) != len(KEY_NAMES):
        raise ConfigError(
            "Nobody is there to type the keys, and stdin does not hold them; give two lines, first "
            "the account's web_api_key, then the app_key, or run address-pipeline login at a "
            "terminal."
        )
    return lines[0], lines[1]


async def _ask(session: Session, target: Target, keys: Keys) -> Answer | NoAnswer:
    async with ApiClient(wiring.client_options(session.config, target, keys)) as client:
        return await client.test_credentials()


def _judged(reply: Answer | NoAnswer, target: Target) -> str:
    """Say why nobody knows whether the keys are right (empty: they are); raises where not."""
    verdict = judge(reply)
    if verdict.decision is Decision.DONE:
        return ""
    if verdict.decision is Decision.STOP_KEYS:
        raise CredentialsRefused(
            f"{target.host} does not take these two keys (HTTP {verdict.http_status}), so they were"
            " not kept; copy both again from your FinerWorks account."
        )
    what = reply.what if isinstance(reply, NoAnswer) else f"HTTP {reply.status}"
    return f"{target.host} did not say whether it takes the keys ({what})."


def _keep_unchecked(session: Session) -> bool:
    """A person decides; unattended ``--yes`` has."""
    if session.asked.yes:
        return True
    if not session.screen.terminal:
        return False
    return session.screen.ask("Keep them unchecked? [y/N] ").lower() in ("y", "yes")


def _stronger(session: Session) -> list[str]:
    """Name the places that are looked at before the keychain and hold something."""
    names = [name for key in KEY_NAMES for name in (key, f"{key}_FILE")]
    return [name for name in names if session.environ.get(name, "").strip()]
