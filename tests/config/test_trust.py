"""Only a file that nobody else can write may say where the keys go."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.config.loading import TRUSTED_ONLY
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode
from tests.config.conftest import GiveAway, Place

VALUES = {
    "api.target": "live",
    "api.base_url": "https://evil.example",
    "api.proxy": "http://evil.example:3128",
    "api.ca_file": "evil.pem",
    "log.file": "evil.log",
    "notify.healthcheck_url": "https://evil.example/ping",
}
PROJECT_FILE = Path(__file__).parents[2] / "config.yaml"


def test_the_table_holds_every_guarded_key() -> None:
    """The values tried here are those of all guarded keys."""
    assert set(VALUES) == set(TRUSTED_ONLY)


def _write(place: Place, key: str) -> Path:
    (place.cwd / "evil.pem").touch()
    section, _, name = key.partition(".")
    return place.write(f"{section}:\n  {name}: {VALUES[key]}\n")


@pytest.mark.parametrize("key", VALUES)
@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "trusted"),
    [
        (0o600, 0o700, True),
        (0o644, 0o755, True),
        (0o444, 0o555, True),
        (0o620, 0o700, False),
        (0o664, 0o755, False),
        (0o602, 0o700, False),
        (0o666, 0o700, False),
        (0o600, 0o770, False),
        (0o600, 0o702, False),
        (0o600, 0o777, False),
        (0o600, 0o1777, False),
        (0o600, 0o2775, False),
    ],
)
def test_modes_decide(
    place: Place, key: str, file_mode: int, folder_mode: int, *, trusted: bool
) -> None:
    """A file or folder that group or others can write, sticky or not, is not trusted."""
    path = _write(place, key)
    path.chmod(file_mode)
    place.cwd.chmod(folder_mode)
    if trusted:
        section, _, name = key.partition(".")
        assert getattr(getattr(place.load().config, section), name)
        return
    with pytest.raises(ConfigError, match=f"line 2: {key} is not taken from this file") as e:
        place.load()
    assert e.value.exit_code is ExitCode.USAGE
    assert "can be written by others" in str(e.value)
    assert VALUES[key] not in str(e.value)


@pytest.mark.parametrize("key", VALUES)
@pytest.mark.parametrize("what", ["file", "folder"])
def test_owners_decide(place: Place, give_away: GiveAway, key: str, what: str) -> None:
    """A file or folder of another user is not trusted, however closed it is."""
    path = _write(place, key)
    give_away(path if what == "file" else place.cwd)
    with pytest.raises(ConfigError, match="belongs to another user"):
        place.load()


@pytest.mark.parametrize("how", ["flag", "environment", "user folder"])
def test_it_does_not_matter_how_the_file_was_found(place: Place, how: str) -> None:
    """A file that others can write is not trusted because someone named it."""
    path = place.write("api:\n  target: live\n", place.user / "config.yaml")
    path.chmod(0o666)
    if how == "environment":
        place.environ["ADDRESS_PIPELINE_CONFIG"] = str(path)
    with pytest.raises(ConfigError, match="not taken from this file"):
        place.load(file=path if how == "flag" else None)


@pytest.mark.parametrize("open_to_others", ["work", "user"])
def test_a_link_is_trusted_where_both_its_ends_are(place: Place, open_to_others: str) -> None:
    """A link in a shared folder could be turned elsewhere; so could its end."""
    real = place.write("api:\n  target: live\n", place.user / "real.yaml")
    (place.cwd / "config.yaml").symlink_to(real)
    assert place.load().config.api.target == "live"
    (place.cwd.parent / open_to_others).chmod(0o777)
    with pytest.raises(ConfigError, match="its folder can be written by others"):
        place.load()


def test_other_keys_and_empty_values_need_no_trust(place: Place, give_away: GiveAway) -> None:
    """A shared file may set anything that does not say where the keys go."""
    path = place.write("api:\n  target: ''\n  base_url:\n  proxy: ''\nrate:\n  workers: 3\n")
    path.chmod(0o666)
    place.cwd.chmod(0o1777)
    give_away(path)
    assert place.load().config.rate.workers == 3


def test_the_projects_own_file_needs_no_trust(place: Place) -> None:
    """A checkout that a group can write works with the config.yaml it holds."""
    path = place.write(PROJECT_FILE.read_text(encoding="utf-8"))
    path.chmod(0o664)
    place.cwd.chmod(0o775)
    assert place.load().config == Config()


def test_flags_and_environment_are_trusted(place: Place) -> None:
    """What the person says beside an untrusted file counts."""
    path = place.write("rate:\n  workers: 3\n")
    path.chmod(0o666)
    place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = "https://gate.example"
    loaded = place.load(flags={"api.proxy": "http://proxy.example"})
    assert loaded.config.api.base_url == "https://gate.example"
    assert loaded.config.api.proxy == "http://proxy.example"


def test_a_stronger_source_does_not_excuse_the_file(place: Place) -> None:
    """A guarded value in a shared file is refused even where another one would win."""
    _write(place, "api.base_url").chmod(0o666)
    place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = "https://gate.example"
    with pytest.raises(ConfigError, match="not taken from this file"):
        place.load()
