"""Where the two keys are found, and that they are never shown."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import KEY_NAMES, Keys, find_keys, key_state
from pipeline.core.errors import CredentialsRefused
from pipeline.core.outcome import ExitCode
from tests.config.conftest import GiveAway

WEB, APP = KEY_NAMES
W = "aaaa1111-web0-4d6f-8a11-0123456789ab"
A = "bbbb2222-app0-4d6f-8a11-0123456789ab"
BOTH = {WEB: W, APP: A}


def _dotenv(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def _refused(environ: dict[str, str], cwd: Path) -> str:
    with pytest.raises(CredentialsRefused) as caught:
        find_keys(environ, cwd)
    assert caught.value.exit_code is ExitCode.CREDENTIALS
    written = "".join(traceback.format_exception(caught.value)) + key_state(environ, cwd)
    assert W not in written
    assert A not in written
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_keys_from_the_environment(tmp_path: Path) -> None:
    """Both variables give both keys, trimmed."""
    keys = find_keys({WEB: f" {W}\n", APP: f"\t{A} "}, tmp_path)
    assert (keys.web_api_key, keys.app_key) == (W, A)
    assert set(keys.origins.values()) == {"the environment"}
    assert key_state(BOTH, tmp_path) == "both found in the environment"


def test_keys_from_files(tmp_path: Path) -> None:
    """``…_KEY_FILE`` names files, as systemd credentials and Docker secrets do."""
    for name, text in (("web", f"\ufeff{W}\r\n"), ("app", A)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o444)
    environ = {f"{WEB}_FILE": str(tmp_path / "web"), f"{APP}_FILE": "app"}
    keys = find_keys(environ, tmp_path)
    assert (keys.web_api_key, keys.app_key) == (W, A)
    assert keys.origins[APP] == f"the file of {APP}_FILE"


PLACES = "into the environment, or into a file .env in this folder that only you can read."
BOTH_PLACES = f"run address-pipeline login, or put both {PLACES}"


@pytest.mark.parametrize(
    "text",
    [
        f"{WEB}={W}\n{APP}={A}\n",
        f"\ufeff# keys\n\nexport {WEB} = '{W}'\r\n{APP}=\"{A}\" # the app's\nOTHER=x\n",
        f"  {WEB}={W} # mine\n{APP}= {A}\t\nADDRESS_PIPELINE_API__TARGET=live\n",
    ],
)
def test_keys_from_a_private_dotenv(tmp_path: Path, text: str) -> None:
    """A ``.env`` gives the two keys, in the usual spellings."""
    _dotenv(tmp_path, text)
    keys = find_keys({}, tmp_path)
    assert (keys.web_api_key, keys.app_key) == (W, A)
    assert key_state({}, tmp_path) == "both found in .env"


def test_an_empty_line_of_a_dotenv_is_no_key(tmp_path: Path) -> None:
    """A name without a value, or with nothing but a comment, counts as not set."""
    _dotenv(tmp_path, f"{WEB}=\n{APP}= # later\n")
    assert _refused({}, tmp_path).startswith(f"{WEB} and {APP} are not set")


def test_the_first_place_counts_for_each_key(tmp_path: Path) -> None:
    """Environment over file over ``.env``, key by key."""
    _dotenv(tmp_path, f"{WEB}=from-dotenv-w\n{APP}=from-dotenv-a\n")
    (tmp_path / "file").write_text("from-file")
    assert find_keys({WEB: W}, tmp_path).app_key == "from-dotenv-a"
    assert find_keys({WEB: W, f"{APP}_FILE": "file"}, tmp_path).app_key == "from-file"
    environ = {WEB: W, APP: A, f"{APP}_FILE": "gone"}
    assert find_keys(environ, tmp_path).app_key == A
    words = key_state({WEB: W}, tmp_path)
    assert words == f"{WEB} found in the environment, {APP} found in .env"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_dotenv_that_others_can_touch_is_left_alone(tmp_path: Path, mode: int) -> None:
    """One bit for group or others, and the file is not looked into; the sentence says so."""
    _dotenv(tmp_path, f"{WEB}={W}\n{APP}={A}\n", mode)
    assert "chmod 600 .env" in _refused({}, tmp_path)
    assert find_keys(BOTH, tmp_path).app_key == A


def test_a_dotenv_of_someone_else_is_left_alone(tmp_path: Path, give_away: GiveAway) -> None:
    """Someone else's ``.env`` is not looked into."""
    give_away(_dotenv(tmp_path, f"{WEB}={W}\n{APP}={A}\n"))
    assert ".env was left alone" in _refused({}, tmp_path)


def _as_folder(path: Path) -> None:
    path.mkdir(mode=0o700)


def _as_bytes(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)


@pytest.mark.parametrize("make", [_as_folder, _as_bytes])
def test_a_dotenv_that_is_none(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """What cannot be read as a ``.env`` is said, and stops nothing where the keys are known."""
    make(tmp_path / ".env")
    assert ".env cannot be read as text" in _refused({}, tmp_path)
    assert find_keys(BOTH, tmp_path).web_api_key == W


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {},
            f"{WEB} and {APP} are not set; {BOTH_PLACES}",
        ),
        (
            {WEB: W, f"{APP}_FILE": " "},
            f"{APP} is not set; put it {PLACES}",
        ),
        (
            {APP: A, WEB: " \n"},
            f"{WEB} is not set; put it {PLACES}",
        ),
    ],
)
def test_missing_keys_are_named(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    """The sentence names the variables that are missing."""
    assert _refused(environ, tmp_path) == sentence
    assert key_state(environ, tmp_path) == sentence.removesuffix(".")


@pytest.mark.parametrize("other", [W, W.upper(), f" {W} "])
def test_the_same_key_twice_is_refused(tmp_path: Path, other: str) -> None:
    """The account's key and the app's key are two keys."""
    assert "hold the same key" in _refused({WEB: W, APP: other}, tmp_path)


@pytest.mark.parametrize(
    "broken",
    [f"{A}\r\nX-Evil: 1", f"{A}\x00", f"{A} {A}", f"{A}\x7f", f"{A}é", f"{A}\u200b", A * 20],
)
def test_what_a_header_cannot_carry_is_refused(tmp_path: Path, broken: str) -> None:
    """Line breaks, control characters and the like never reach a header or a message."""
    assert f"{APP} (from the environment) holds" in _refused({WEB: W, APP: broken}, tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        (b"", "names an empty file"),
        (b" \n", "names an empty file"),
        (b"\xff\xfea\x00", r"cannot be read \(it is not UTF-8 text\)"),
    ],
)
def test_a_key_file_that_gives_nothing(tmp_path: Path, content: bytes | None, said: str) -> None:
    """The variable is named, never its value: someone may have put the key itself there."""
    named = tmp_path / A
    if content is not None:
        named.write_bytes(content)
    with pytest.raises(CredentialsRefused, match=said):
        find_keys({WEB: W, f"{APP}_FILE": str(named)}, tmp_path)
    assert f"{APP}_FILE" in _refused({WEB: W, f"{APP}_FILE": str(named)}, tmp_path)


def test_a_key_in_place_of_a_path_is_not_shown(tmp_path: Path) -> None:
    """Nor is one whose characters no path can have."""
    assert "cannot be read" in _refused({WEB: W, f"{APP}_FILE": f"{A}\x00"}, tmp_path)


def test_keys_are_in_no_repr() -> None:
    """Printing the keys shows where they came from, not what they are."""
    keys = Keys(W, A, {WEB: "the environment", APP: ".env"})
    shown = f"{keys} {keys!r} {[keys]} {keys.origins}"
    assert W not in shown
    assert A not in shown
    assert ".env" in shown


KEY_TEXTS = st.text(max_size=40).map(lambda text: f"k3yZq{text}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KEY_TEXTS, KEY_TEXTS)
def test_whatever_the_keys_hold_no_error_shows_them(tmp_path: Path, web: str, app: str) -> None:
    """For any two texts there are keys fit for a header, or a sentence without them."""
    sentence = ""
    try:
        keys = find_keys({WEB: web, APP: app}, tmp_path)
    except CredentialsRefused as error:
        sentence = str(error)
    else:
        assert (keys.web_api_key, keys.app_key) == (web.strip(), app.strip())
        assert re.fullmatch(r"[!-~]+", keys.web_api_key + keys.app_key)
    assert "k3yZq" not in sentence + key_state({WEB: web, APP: app}, tmp_path)


def test_where_nobody_knows_the_folder_a_dotenv_does_not_count(tmp_path: Path) -> None:
    """A service's working folder may be anybody's, so the sentence does not speak of it."""
    _dotenv(tmp_path, f"{WEB}={W}\n{APP}={A}\n")
    with pytest.raises(CredentialsRefused) as caught:
        find_keys({}, tmp_path, dotenv_too=False)
    assert ".env" not in str(caught.value)
    assert f"or into a file that {WEB}_FILE or {APP}_FILE names." in str(caught.value)
    assert find_keys(BOTH, tmp_path, dotenv_too=False).web_api_key == W
