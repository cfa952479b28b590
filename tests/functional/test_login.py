"""``login`` and ``logout``: both keys in the keychain, checked, and never shown."""

from __future__ import annotations

import time
from collections.abc import Iterator

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeychain

from pipeline.config import keychain
from tests.fakes.keychains import (
    FILE_VARIABLE,
    FileKeychain,
    HangingKeychain,
    LockedKeychain,
)
from tests.functional.command import APP_KEY, WEB_KEY, Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import Terminal
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Json
from tests.stub_api.server import StubApi, refusing_url

BOTH = f"{WEB_KEY}\n{APP_KEY}\n"
AS_MODULE = "from pipeline.__main__ import main; main()"


@pytest.fixture(autouse=True)
def chain(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a keychain of the test's own, and no keys in the environment."""
    place.without_keys()
    place.environ[FILE_VARIABLE] = str(place.home / "keychain.json")
    place.environ["PYTHON_KEYRING_BACKEND"] = f"{FileKeychain.__module__}.FileKeychain"
    use(FileKeychain(), monkeypatch)
    yield
    HangingKeychain.let_go.set()


def use(chain: KeyringBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this the system's keychain, for calls in this process."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", chain)


def login(place: Place, call: Call, url: str, *flags: str, typed: str = BOTH) -> Ended:
    """Log in without a terminal: a line a key."""
    (place.home / "typed").write_text(typed, encoding="utf-8")
    with (place.home / "typed").open(encoding="utf-8") as stdin, pytest.MonkeyPatch.context() as m:
        m.setattr("sys.stdin", stdin)
        return call("login", "--base-url", url, *flags)


def shows_no_key(ended: Ended) -> bool:
    """Tell that neither stream holds a key."""
    return not any(key in ended.stdout + ended.stderr for key in (WEB_KEY, APP_KEY))


def test_what_login_kept_is_used_until_logout(place: Place, call: Call) -> None:
    """``apply`` sends with the keys from the keychain; doctor and the front page say so."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub:
        kept = login(place, call, stub.url)
        assert (kept.code, shows_no_key(kept)) == (0, True)
        assert "Both keys are in Test Keychain, taken by 127.0.0.1" in kept.stdout
        to = ("--base-url", stub.url, "--max-rate", "0")
        assert call("apply", "orders.csv", *to).code == 0
        assert stub.puts()[0].header("app_key") == APP_KEY
        assert stub.puts()[0].header("web_api_key") == WEB_KEY
        assert "both found in the keychain" in call().stdout
        assert "FINERWORKS_APP_KEY from the keychain" in call("doctor").stdout
        assert "taken out of the keychain" in call("logout").stdout
        assert call("apply", "orders.csv", *to).code == 4
    assert "nothing to remove" in call("logout").stdout
    assert APP_KEY not in (place.home / "keychain.json").read_text(encoding="utf-8")


def test_a_person_types_what_nobody_sees(place: Place) -> None:
    """On a terminal both keys are asked for, and what is typed is not shown."""
    with StubApi() as stub:
        terminal = Terminal(place, AS_MODULE, "login", "--base-url", stub.url)
        terminal.until("web_api_key (your account's): ")
        terminal.type(WEB_KEY)
        terminal.until("app_key (the app's): ")
        terminal.type(APP_KEY)
        ended = terminal.ended()
        assert stub.requests[0].header("app_key") == APP_KEY
    assert (ended.code, shows_no_key(ended)) == (0, True)
    assert "Both keys are in Test Keychain" in ended.stdout
    assert APP_KEY in (place.home / "keychain.json").read_text(encoding="utf-8")


def test_keys_that_are_refused_are_not_kept(place: Place, call: Call) -> None:
    """The sentence names the host; what was there before stays."""
    with StubApi(credentials=api.credentials_400) as stub:
        ended = login(place, call, stub.url)
    assert (ended.code, shows_no_key(ended)) == (4, True)
    assert "does not take these two keys (HTTP 400), so they were not kept" in ended.stderr
    assert not (place.home / "keychain.json").exists()


@pytest.mark.parametrize("answer", ["fault", "nothing"])
def test_an_api_that_is_away_decides_nothing(place: Place, call: Call, answer: str) -> None:
    """Unattended nothing is kept, unless ``--yes`` said so."""
    with StubApi(credentials=Json(500, {})) as stub, refusing_url() as closed:
        url = stub.url if answer == "fault" else closed
        refused = login(place, call, url)
        assert (refused.code, "did not say whether it takes" in refused.stderr) == (5, True)
        assert not (place.home / "keychain.json").exists()
        kept = login(place, call, url, "--yes")
    assert kept.code == 0
    assert "unchecked" in kept.stdout


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", 2, "give two lines"),
        (f"{WEB_KEY}\n", 2, "give two lines"),
        (f"{WEB_KEY}\n{APP_KEY}\nmore\n", 2, "give two lines"),
        (f"{WEB_KEY}\n{WEB_KEY}\n", 4, "hold the same key"),
        (f"{WEB_KEY} x\n{APP_KEY}\n", 4, "(from stdin) holds a space"),
    ],
)
def test_what_stdin_must_hold(place: Place, call: Call, typed: str, code: int, words: str) -> None:
    """Two different keys, a line each; nothing else is kept or even asked about."""
    with StubApi() as stub:
        ended = login(place, call, stub.url, typed=typed)
        assert stub.requests == []
    assert (ended.code, shows_no_key(ended)) == (code, True)
    assert words in ended.stderr


def test_a_machine_without_a_keychain_says_so(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is typed, and with what to do instead."""
    use(NoKeychain(), monkeypatch)  # type: ignore[no-untyped-call]  # the library's own
    ended = call("login")
    assert ended.code == 2
    assert "This machine has no keychain that could be used" in ended.stderr
    assert "FINERWORKS_APP_KEY_FILE" in ended.stderr


@pytest.mark.parametrize("where", ["keyrings.alt.file", "keyring.backends.null"])
def test_a_keychain_that_keeps_no_secret_is_none(
    call: Call, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Plain text in a file is no keychain."""
    plain = type("PlaintextKeyring", (FileKeychain,), {"__module__": where})
    use(plain(), monkeypatch)
    assert "no keychain that could be used" in call("login").stderr


def test_half_a_pair_is_not_completed_from_the_keychain(place: Place, call: Call) -> None:
    """A key in the environment beside the other one in the keychain may be of two accounts."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub:
        login(place, call, stub.url)
        place.environ["FINERWORKS_APP_KEY"] = "another"
        ended = call("apply", "orders.csv", "--base-url", stub.url)
        assert (ended.code, stub.puts()) == (4, [])
        assert "the pair in your keychain is not mixed with it" in ended.stderr
        place.environ["FINERWORKS_WEB_API_KEY"] = "whole"
        call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0")
        assert stub.puts()[0].header("app_key") == "another"
        assert (
            "FINERWORKS_APP_KEY is set, and that is stronger" in login(place, call, stub.url).stderr
        )


def test_a_keychain_that_hangs_holds_nobody_up(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nightly run ends with 4 in its time, and does not fall back on a ``.env``."""
    write_sheet(place.work / "orders.csv", [order(1)])
    env = place.work / ".env"
    env.write_text(f"FINERWORKS_WEB_API_KEY={WEB_KEY}\nFINERWORKS_APP_KEY={APP_KEY}\n")
    env.chmod(0o600)
    monkeypatch.setattr("pipeline.wiring.UNATTENDED_SECONDS", 0.2)
    HangingKeychain.let_go.clear()
    with StubApi() as stub:
        login(place, call, stub.url)
        use(HangingKeychain(), monkeypatch)
        begun = time.monotonic()
        ended = call("apply", "orders.csv", "--base-url", stub.url)
        assert time.monotonic() - begun < 5
        assert (ended.code, stub.puts()) == (4, [])
    assert "the keychain of this machine is there, but it gave no answer" in ended.stderr


def test_a_locked_keychain_is_told_in_our_own_words(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the keychain says may hold anything, so only its kind is shown."""
    with StubApi() as stub:
        login(place, call, stub.url)
    use(LockedKeychain(), monkeypatch)
    ended = call("doctor")
    assert "it does not let itself be used (KeyringLocked); unlock it" in ended.stdout
    assert "SECRET" not in ended.stdout + ended.stderr


def test_an_entry_that_was_deleted_by_hand(place: Place, call: Call) -> None:
    """No other place is taken for it silently."""
    with StubApi() as stub:
        login(place, call, stub.url)
    (place.home / "keychain.json").unlink()
    words = "are no longer there; run address-pipeline login again"
    assert words in call("doctor").stdout
    assert call("logout").code == 0
    assert "run address-pipeline login, or put both" in call("doctor").stdout


def test_who_never_logged_in_loads_no_keychain(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that hangs: nothing of it is asked."""

    def asked(*_: object) -> None:
        raise AssertionError("the keychain was asked")

    monkeypatch.setattr(keychain, "_usable", asked)
    write_sheet(place.work / "orders.csv", [order(1)])
    assert call("apply", "orders.csv", "--base-url", "http://127.0.0.1:9").code == 4
    assert "are not set" in call().stdout
