"""Find the two keys, and never show them.

For each key the first place that has it counts: the environment (``FINERWORKS_WEB_API_KEY``,
``FINERWORKS_APP_KEY``), the file that ``…_KEY_FILE`` names (systemd credentials, Docker secrets),
the keychain, if ``login`` has put them there, a ``.env`` in the working folder that only the user
can read or write. The keychain gives both keys or none: a pair is not completed from it, and what
it cannot give is not looked for in ``.env``. A ``.env`` gives the two keys and nothing else. Values
are trimmed, for pasted white space breaks a header.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.config.keychain import ORIGIN, Keychain
from pipeline.config.trust import private
from pipeline.core.errors import CredentialsRefused

__all__ = ["KEY_NAMES", "Keys", "checked_keys", "find_keys", "key_state"]

WEB: Final = "FINERWORKS_WEB_API_KEY"
APP: Final = "FINERWORKS_APP_KEY"
KEY_NAMES: Final = (WEB, APP)
"""The variables of the account's key and of the app's key."""

MOST_CHARACTERS: Final = 500
_SENDABLE: Final = re.compile(r"[!-~]+")
_DOTENV_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Z_]+)\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class Keys:
    """The two keys; ``origins`` says for each name of ``KEY_NAMES`` where it was found."""

    web_api_key: str = field(repr=False)
    app_key: str = field(repr=False)
    origins: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class _Value:
    text: str = field(repr=False)
    origin: str


@dataclass(frozen=True, slots=True)
class _DotEnv:
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: str = ""


def find_keys(
    environ: Mapping[str, str],
    cwd: Path,
    keychain: Keychain | None = None,
    *,
    dotenv_too: bool = True,
) -> Keys:
    """Give both keys, or raise CredentialsRefused with what is missing or wrong with them.

    ``dotenv_too`` off: a ``.env`` does not count, as where nobody knows which folder it would be.
    """
    found, problem = _search(environ, cwd, keychain, dotenv_too=dotenv_too)
    missing = [name for name in KEY_NAMES if name not in found]
    if missing:
        raise CredentialsRefused(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
            f"{f' ({problem})' if problem else ''}; {_todo(len(missing), dotenv_too=dotenv_too)}"
        )
    return _checked(found)


def checked_keys(web_api_key: str, app_key: str, origin: str) -> Keys:
    """Take two keys that a person gave; CredentialsRefused where they cannot be that."""
    given = {WEB: _Value(web_api_key.strip(), origin), APP: _Value(app_key.strip(), origin)}
    return _checked(given)


def _checked(found: Mapping[str, _Value]) -> Keys:
    for name, value in found.items():
        _check(name, value)
    if found[WEB].text.casefold() == found[APP].text.casefold():
        raise CredentialsRefused(
            f"{WEB} and {APP} hold the same key; they are two different keys, "
            "the account's and the app's."
        )
    origins = {name: found[name].origin for name in KEY_NAMES}
    return Keys(found[WEB].text, found[APP].text, origins)


def _todo(missing: int, *, dotenv_too: bool) -> str:
    """Say where a missing key may be put; half a pair is completed where its other half is."""
    both = "run address-pipeline login, or put both into the environment"
    first = "put it into the environment" if missing == 1 else both
    if not dotenv_too:
        return f"{first}, or into a file that {WEB}_FILE or {APP}_FILE names."
    return f"{first}, or into a file .env in this folder that only you can read."


def key_state(environ: Mapping[str, str], cwd: Path, keychain: Keychain | None = None) -> str:
    """Say in a few words whether the keys are there and where from; never raises."""
    try:
        origins = find_keys(environ, cwd, keychain).origins
    except CredentialsRefused as error:
        return str(error).removesuffix(".")
    if origins[WEB] == origins[APP]:
        return f"both found in {origins[WEB]}"
    return ", ".join(f"{name} found in {origins[name]}" for name in KEY_NAMES)


def _search(
    environ: Mapping[str, str], cwd: Path, keychain: Keychain | None, *, dotenv_too: bool
) -> tuple[dict[str, _Value], str]:
    """Give what was found, and what kept a ``.env`` from being read."""
    found = {}
    for name in KEY_NAMES:
        value = _from_environment(name, environ) or _from_key_file(name, environ, cwd)
        if value is not None:
            found[name] = value
    if len(found) == len(KEY_NAMES):
        return found, ""
    if keychain is not None and keychain.in_use:
        return _from_keychain(keychain, found), ""
    read = _read_dotenv(cwd / ".env") if dotenv_too else _DotEnv()
    for name, text in read.values.items():
        found.setdefault(name, _Value(text, ".env"))
    return found, read.problem


def _from_keychain(keychain: Keychain, found: Mapping[str, _Value]) -> dict[str, _Value]:
    """Take the pair; half of it beside half of another pair may be of another account."""
    for name, value in found.items():
        other = APP if name == WEB else WEB
        raise CredentialsRefused(
            f"{name} is set ({value.origin}) and {other} is not, and the pair in your keychain is "
            f"not mixed with it; set {other} too, or take {name} away."
        )
    web_api_key, app_key = keychain.read()
    return {WEB: _Value(web_api_key, ORIGIN), APP: _Value(app_key, ORIGIN)}


def _from_environment(name: str, environ: Mapping[str, str]) -> _Value | None:
    text = environ.get(name, "").strip()
    return _Value(text, "the environment") if text else None


def _from_key_file(name: str, environ: Mapping[str, str], cwd: Path) -> _Value | None:
    """Read the file that ``NAME_FILE`` names; its path is never shown, it may be a key by mistake.

    Nothing of the system's own error is chained either, for that one holds the path.
    """
    variable = f"{name}_FILE"
    where = environ.get(variable, "").strip()
    if not where:
        return None
    try:
        with (cwd / where).open(encoding="utf-8-sig") as file:
            text = file.read(4 * MOST_CHARACTERS).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CredentialsRefused(
            f"{variable} names a file that cannot be read ({why}); mend the variable or the file."
        ) from None
    if not text:
        raise CredentialsRefused(f"{variable} names an empty file; put the key into it.")
    return _Value(text, f"the file of {variable}")


def _read_dotenv(path: Path) -> _DotEnv:
    """Read the two keys from a ``.env`` that is the user's alone; others are not looked into."""
    try:
        with path.open("rb") as file:
            if not private(os.fstat(file.fileno())):
                return _DotEnv(
                    problem=".env was left alone, for it must be yours and closed to others: "
                    "chmod 600 .env"
                )
            text = file.read(100_000).decode("utf-8-sig")
    except FileNotFoundError:
        return _DotEnv()
    except (OSError, ValueError):
        return _DotEnv(problem=".env cannot be read as text")
    return _DotEnv(_parse_dotenv(text))


def _parse_dotenv(text: str) -> dict[str, str]:
    """Take ``NAME=value`` lines of the two keys; quotes and a trailing comment are dropped."""
    values = {}
    for line in text.splitlines():
        match = _DOTENV_LINE.fullmatch(line)
        if match and match[1] in KEY_NAMES:
            value = _unquoted(match[2].strip())
            if value:
                values[match[1]] = value
    return values


def _unquoted(text: str) -> str:
    if text[:1] in ("'", '"') and text.find(text[0], 1) > 0:
        return text[1 : text.find(text[0], 1)].strip()
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def _check(name: str, value: _Value) -> None:
    if len(value.text) > MOST_CHARACTERS or not _SENDABLE.fullmatch(value.text):
        raise CredentialsRefused(
            f"{name} (from {value.origin}) holds a space, a line break or another character that "
            "no key has; copy it again."
        )
