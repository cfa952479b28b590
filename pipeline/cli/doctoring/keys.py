"""The two keys: where each comes from, and whether there is a keychain for them."""

from __future__ import annotations

from pipeline import wiring
from pipeline.cli.doctoring.findings import Finding, bad, note, ok
from pipeline.cli.session import Session
from pipeline.config import KEY_NAMES
from pipeline.core.errors import ConfigError, CredentialsRefused
from pipeline.core.outcome import ExitCode
from pipeline.core.target import Target

__all__ = ["look_at_keys"]


def look_at_keys(session: Session) -> list[Finding]:
    """Say where each key comes from; never the key."""
    try:
        found = session.keys(Target.live())
    except CredentialsRefused as error:
        return [bad("keys", str(error), ExitCode.CREDENTIALS), _keychain()]
    origins = {found.origins[name] for name in KEY_NAMES}
    mixed = [note("keys", "the two come from different places")] if len(origins) > 1 else []
    places = [ok("keys", f"{name} from {found.origins[name]}") for name in KEY_NAMES]
    return [*places, *mixed, _keychain()]


def _keychain() -> Finding:
    keychain = wiring.keychain()
    try:
        name = keychain.name()
    except ConfigError as error:
        return note("keychain", str(error))
    used = "holds the keys" if keychain.in_use else "not used; address-pipeline login would"
    return ok("keychain", f"{name}, {used}")
