"""Which target a run has, and how fast it may go there."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.config import Loaded, choose_target, rate_for
from pipeline.core.errors import ConfigError
from pipeline.core.target import Target
from tests.config.conftest import Place


def _choose(loaded: Loaded, *, unattended: bool = True, **flags: Any) -> Target:
    given = {"live": False, "test": False, "sandbox": False, "base_url": None, **flags}
    return choose_target(loaded, unattended=unattended, **given)


@pytest.mark.parametrize(
    ("flags", "kind", "chosen_by"),
    [
        ({"live": True}, "live", "--live"),
        ({"test": True}, "test", "--test"),
        ({"sandbox": True}, "sandbox", "--sandbox"),
        ({"base_url": "http://127.0.0.1:8080"}, "custom", "--base-url"),
        ({"base_url": "https://v2.api.finerworks.com"}, "live", "--base-url"),
    ],
)
@pytest.mark.parametrize("unattended", [True, False])
def test_a_flag_chooses(
    place: Place, flags: dict[str, Any], kind: str, chosen_by: str, *, unattended: bool
) -> None:
    """A flag counts over whatever the configuration says."""
    place.environ["ADDRESS_PIPELINE_API__TARGET"] = "test"
    target = _choose(place.load(), unattended=unattended, **flags)
    assert (target.kind, target.chosen_by) == (kind, chosen_by)


@pytest.mark.parametrize("first", ["live", "test", "sandbox"])
@pytest.mark.parametrize("second", [{"test": True}, {"base_url": "https://x.example"}])
def test_two_targets_are_refused(place: Place, first: str, second: dict[str, Any]) -> None:
    """Two flags that name a target are a mistake, even an empty URL among them."""
    if first in second:
        second = {"live": True}
    with pytest.raises(ConfigError, match="name different targets"):
        _choose(place.load(), **{first: True}, **second)
    with pytest.raises(ConfigError, match="--base-url"):
        _choose(place.load(), **{first: True}, base_url="")


def test_an_empty_base_url_is_refused(place: Place) -> None:
    """``--base-url ""`` (an unset variable in a script) never falls back to another target."""
    with pytest.raises(ConfigError, match="base URL"):
        _choose(place.load(), base_url="", unattended=False)


def test_without_a_choice_a_terminal_gets_the_test_host(place: Place) -> None:
    """On a terminal the default is the test host."""
    target = _choose(place.load(), unattended=False)
    assert (target.kind, target.chosen_by) == ("test", "default")


def test_without_a_choice_nobody_there_is_an_error(place: Place) -> None:
    """Unattended, the sentence says which flags to use."""
    with pytest.raises(ConfigError, match=r"--live, --test, --sandbox or --base-url URL"):
        _choose(place.load())


@pytest.mark.parametrize("name", ["live", "test", "sandbox"])
def test_the_configuration_chooses(place: Place, name: str) -> None:
    """api.target is a choice, and says where it stands."""
    path = place.write(f"api:\n  target: {name}\n")
    target = _choose(place.load())
    assert (target.kind, target.chosen_by) == (name, f"file {path}")


def test_a_base_url_of_the_configuration_chooses(place: Place) -> None:
    """api.base_url is a choice too, and is seen through like the flag."""
    place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = "https://API.finerworks.com/"
    target = _choose(place.load())
    assert target == Target("live", "https://api.finerworks.com", "environment")


def test_the_stronger_source_of_the_two_wins(place: Place) -> None:
    """Of api.target and api.base_url the one from the stronger source counts."""
    place.write("api:\n  target: test\n")
    place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = "https://x.example"
    assert _choose(place.load()).base_url == "https://x.example"
    place.write("api:\n  base_url: https://x.example\n")
    place.environ = {"ADDRESS_PIPELINE_API__TARGET": "live"}
    assert _choose(place.load()).kind == "live"


def test_both_in_one_source_are_refused(place: Place) -> None:
    """One source that names two targets is a mistake."""
    place.write("api:\n  target: test\n  base_url: https://x.example\n")
    with pytest.raises(ConfigError, match="are both set"):
        _choose(place.load())


SANDBOX = Target.sandbox("http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("text", "flags", "target", "start", "most"),
    [
        ("", {}, Target.live(), 5, 20),
        ("", {}, SANDBOX, 50, 200),
        ("rate:\n  start_per_second: 5\n  max_per_second: 20\n", {}, SANDBOX, 50, 200),
        ("rate:\n  start_per_second: 7\n", {}, SANDBOX, 7, 200),
        ("", {"rate.max_per_second": 20}, SANDBOX, 50, 20),
        ("", {"rate.max_per_second": 0}, SANDBOX, 50, 0),
        ("", {"rate.max_per_second": 0}, Target.from_base_url("http://localhost:1"), 5, 0),
        ("rate:\n  max_per_second: 10\n", {}, Target.test(), 5, 10),
    ],
)
def test_a_sandbox_is_not_spared(
    place: Place, text: str, flags: dict[str, float], target: Target, start: float, most: float
) -> None:
    """Values that nobody changed give way to the sandbox's; 0 is for this machine."""
    place.write(text)
    rate = rate_for(place.load(flags=flags), target)
    assert (rate.start_per_second, rate.max_per_second) == (start, most)


@pytest.mark.parametrize("target", [Target.live(), Target.from_base_url("https://x.example")])
def test_no_pacing_is_for_this_machine_only(place: Place, target: Target) -> None:
    """A rate of 0 against another host is refused."""
    loaded = place.load(flags={"rate.max_per_second": 0})
    with pytest.raises(ConfigError, match="on this machine only"):
        rate_for(loaded, target)
