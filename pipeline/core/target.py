"""Where a run sends to, in words a person understands, and where the two keys may go.

Hosts: the vendor publishes the API on several ``*.finerworks.com`` hosts, one of them for tests
(``docs/api.md``). Every host of that name but the test host is taken for live, however it was
named, because a correction sent there may change a real order.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pipeline.core.errors import ConfigError

__all__ = [
    "LIVE_URL",
    "TARGET_WORDS",
    "TEST_URL",
    "Target",
    "TargetKind",
    "flag_of",
    "is_loopback",
    "may_hold_keys",
]

LIVE_URL: Final = "https://api.finerworks.com"
TEST_URL: Final = "https://test-api.finerworks.com"

TargetKind = Literal["live", "test", "sandbox", "custom"]

TARGET_WORDS: Final[Mapping[str, str]] = {
    "live": "LIVE",
    "test": "TEST HOST: may or may not touch real orders",
    "sandbox": "SANDBOX",
    "custom": "CUSTOM HOST",
}
_TEST_HOST: Final = "test-api.finerworks.com"
_VENDOR: Final = ".finerworks.com"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Stricter than any URL parser on purpose: what two parsers may read as two hosts is refused.
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_PLAIN_URL: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A place to send to.

    ``base_url`` has no slash at its end; it is empty for a sandbox that does not listen yet.
    ``chosen_by`` says who named it (``--live``, ``environment``, ``default``…).
    """

    kind: TargetKind
    base_url: str
    chosen_by: str

    @classmethod
    def live(cls, chosen_by: str = "--live") -> Self:
        """FinerWorks itself: corrections change real orders."""
        return cls("live", LIVE_URL, chosen_by)

    @classmethod
    def test(cls, chosen_by: str = "--test") -> Self:
        """FinerWorks' test host."""
        return cls("test", TEST_URL, chosen_by)

    @classmethod
    def sandbox(cls, base_url: str = "", chosen_by: str = "--sandbox") -> Self:
        """The built-in stand-in; ``base_url`` is known once it listens."""
        return cls("sandbox", base_url, chosen_by)

    @classmethod
    def from_base_url(cls, url: str, chosen_by: str = "--base-url") -> Self:
        """Take a host by its URL, and see through it what kind of target it is.

        A path in front of ``/v3`` stays (a gateway may need one); ``/v3`` itself and slashes at
        the end are dropped. Raises ConfigError, which never quotes the URL: it may hold a secret.
        """
        try:
            parts = _checked(url)
        except ValueError as error:
            raise ConfigError(f"The base URL {error}.") from None
        return cls(_kind_of(parts), _normal(parts), chosen_by)

    @property
    def host(self) -> str:
        """The host, with the port where it is not the scheme's own."""
        return urlsplit(self.base_url).netloc

    @property
    def loopback(self) -> bool:
        """True where nothing leaves this machine; a sandbox never does."""
        return self.kind == "sandbox" or is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def words(self) -> str:
        """The target as the plan shows it."""
        return TARGET_WORDS[self.kind]


def may_hold_keys(target: Target, *, trusted: bool) -> bool:
    """Tell whether the two keys may be sent to ``target``.

    They may go to ``*.finerworks.com`` over https and to loopback; to any other host over https
    only if ``trusted``: its URL came from a flag, the environment, or a configuration file that
    nobody else can write. The URL decides, not the kind, so that no ``Target`` made by hand
    walks the keys out.
    """
    try:
        parts = _checked(target.base_url)
    except ValueError:
        return False
    return trusted or is_loopback(parts.hostname or "") or _kind_of(parts) != "custom"


def _checked(url: str) -> SplitResult:
    """Take a URL apart; ValueError says what it must be, as the end of a sentence."""
    if not _PLAIN_URL.fullmatch(url) or "\\" in url:
        raise ValueError("must be plain text like https://api.example.com, without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("cannot be read; write it like https://api.example.com") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("must begin with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    if "?" in url or "#" in url:
        raise ValueError("must not hold a ? or #")
    _check_host(_host(parts))
    if port == 0:
        raise ValueError("cannot have port 0")
    if parts.scheme == "http" and not is_loopback(_host(parts)):
        raise ValueError("must begin with https:// (http is for this machine only)")
    return parts


def _check_host(host: str) -> None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError("names a host that is no IPv6 address") from None
    elif not _NAME.fullmatch(host):
        raise ValueError("names a host that cannot be one")


def _host(parts: SplitResult) -> str:
    """The host in lower case, without the dot that may end a full name."""
    return (parts.hostname or "").removesuffix(".")


def _kind_of(parts: SplitResult) -> TargetKind:
    host = _host(parts)
    if host == _TEST_HOST:
        return "test"
    return "live" if host.endswith(_VENDOR) else "custom"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine."""
    if host.removesuffix(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _normal(parts: SplitResult) -> str:
    host = _host(parts)
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    path = parts.path.rstrip("/").removesuffix("/v3").rstrip("/")
    return f"{parts.scheme}://{shown}{port}{path}"


def flag_of(kind: str, base_url: str) -> str:
    """Give the flag that names a target again on the command line; a check has none."""
    if kind == "custom":
        return f"--base-url {base_url}" if base_url else ""
    return f"--{kind}" if kind in TARGET_WORDS else ""
