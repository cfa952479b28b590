"""The two keys in the system's keychain, by the library ``keyring``.

Only a user who has said ``login`` is asked for it: a file in the configuration folder says that
there is something to ask for. So a run that has its keys from elsewhere loads nothing and talks to
no D-Bus. Every call has its time: a keychain that waits for somebody to unlock it must not hold up
a nightly job. Both keys are one entry, so that there is never half a pair.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pipeline.core.errors import ConfigError, CredentialsRefused

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["ORIGIN", "UNATTENDED_SECONDS", "WITH_A_PERSON_SECONDS", "Keychain"]

ORIGIN: Final = "the keychain"
UNATTENDED_SECONDS: Final = 5.0
WITH_A_PERSON_SECONDS: Final = 120.0
"""Long enough to type a password where the keychain asks for one."""

SERVICE: Final = "address-pipeline"
ENTRY: Final = "keys"
_MARK: Final = "keychain"
_REFUSED: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""No keychain, one that keeps nothing, and those that keep plain text or ask on the terminal."""

T = TypeVar("T")


class Keychain:
    """The keychain of this user; ``folder`` is the user's configuration folder."""

    def __init__(self, folder: Path, *, wait_seconds: float = UNATTENDED_SECONDS) -> None:
        self._mark = folder / _MARK
        self._wait_seconds = wait_seconds

    @property
    def in_use(self) -> bool:
        """True where ``login`` has put the keys there."""
        try:
            return self._mark.exists()
        except OSError:
            return False

    def read(self) -> tuple[str, str]:
        """Give the account's key and the app's, or raise CredentialsRefused."""
        try:
            text = self._ask(lambda chain: chain.get_password(SERVICE, ENTRY))
        except ConfigError as error:
            raise CredentialsRefused(
                f"address-pipeline login put the keys into your keychain, but {_lower(error)}"
            ) from None
        try:
            kept = json.loads(text or "{}")
            return str(kept["web_api_key"]), str(kept["app_key"])
        except (ValueError, KeyError, TypeError):
            pass
        # Raised outside of the handler: that error holds the text.
        raise CredentialsRefused(
            "The keys that address-pipeline login put into your keychain are no longer there; run "
            "address-pipeline login again, or address-pipeline logout to use other places."
        )

    def keep(self, web_api_key: str, app_key: str) -> None:
        """Put both keys there; ConfigError where that cannot be done."""
        text = json.dumps({"web_api_key": web_api_key, "app_key": app_key})
        self._ask(lambda chain: chain.set_password(SERVICE, ENTRY, text))
        try:
            self._mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark.write_text(
                "Your keys are in this user's keychain. address-pipeline logout removes them.\n",
                encoding="utf-8",
            )
        except OSError as error:
            raise ConfigError(
                f"The keys are in the keychain, but {self._mark} cannot be written "
                f"({error.strerror}), and without it they are not looked for; mend that, then run "
                "address-pipeline login again."
            ) from error

    def remove(self) -> bool:
        """Take the keys out; tells whether there were any."""
        was_there = self.in_use
        if was_there:
            self._ask(_delete)
            with suppress(FileNotFoundError):
                self._mark.unlink()
        return was_there

    def name(self) -> str:
        """Name the keychain that is used here; ConfigError where there is none."""
        return self._ask(lambda chain: str(chain.name))

    def _ask(self, act: Callable[[KeyringBackend], T]) -> T:
        """Do it within the time that there is; what goes wrong is told without its own words."""
        ended: list[T] = []
        trouble: list[Exception] = []

        def work() -> None:
            try:
                ended.append(act(_usable()))
            except Exception as error:  # noqa: BLE001  # a backend may raise anything; told below
                trouble.append(error)

        thread = threading.Thread(target=work, name="keychain", daemon=True)
        thread.start()
        thread.join(self._wait_seconds)
        if ended:
            return ended[0]
        if trouble and isinstance(trouble[0], ConfigError):
            raise trouble[0]
        how = "it does not let itself be used" if trouble else "it gave no answer"
        kind = f" ({type(trouble[0]).__name__})" if trouble else f" in {self._wait_seconds:.0f} s"
        raise ConfigError(
            f"The keychain of this machine is there, but {how}{kind}; unlock it at the desktop, or "
            "give the keys in the environment."
        )


def _usable() -> KeyringBackend:
    """Give the keychain that keyring found or was told to take, unless it keeps no secret."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chain = keyring.get_keyring()
    several = chain.backends if isinstance(chain, ChainerBackend) else [chain]
    for one in several:
        if not type(one).__module__.startswith(_REFUSED):
            return one
    raise ConfigError(
        "This machine has no keychain that could be used (on Linux: GNOME Keyring or KWallet, in a "
        "desktop session); put the keys into the environment, or into files that "
        "FINERWORKS_WEB_API_KEY_FILE and FINERWORKS_APP_KEY_FILE name."
    )


def _delete(chain: KeyringBackend) -> None:
    from keyring.errors import PasswordDeleteError

    with suppress(PasswordDeleteError):  # it is not there any more
        chain.delete_password(SERVICE, ENTRY)


def _lower(error: ConfigError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]
