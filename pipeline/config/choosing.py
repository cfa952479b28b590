"""Choose the target of a run, and the pace that goes with it."""

from __future__ import annotations

from typing import Final

from pipeline.config.loading import Loaded
from pipeline.config.model import Rate, keys_of_config
from pipeline.core.errors import ConfigError
from pipeline.core.target import Target

__all__ = ["choose_target", "rate_for"]

SANDBOX_RATES: Final = {"rate.start_per_second": 50.0, "rate.max_per_second": 200.0}
"""The stand-in on this machine needs no sparing."""

_SOURCES: Final = ("default", "file", "environment", "flag")


def choose_target(
    loaded: Loaded, *, live: bool, test: bool, sandbox: bool, base_url: str | None, unattended: bool
) -> Target:
    """Give the target that a flag, else the configuration named.

    Without either the test host is taken on a terminal; ``unattended`` that is a ConfigError, for
    a nightly job must not correct the test host for a year. Two targets at once are one too. A
    sandbox has no ``base_url`` until it listens.
    """
    flags = {"--live": live, "--test": test, "--sandbox": sandbox, "--base-url": base_url}
    given = [flag for flag, value in flags.items() if value not in (False, None)]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} name different targets; give one of them.")
    if base_url is not None:
        return Target.from_base_url(base_url)
    if given:
        return _named(given[0].removeprefix("--"), given[0])
    return _configured(loaded) or _default(unattended=unattended)


def rate_for(loaded: Loaded, target: Target) -> Rate:
    """Give the pace for ``target``.

    Against a sandbox, values that nobody changed give way to faster ones. No pacing at all
    (``max_per_second`` 0) is a ConfigError anywhere but on loopback.
    """
    rate = loaded.config.rate
    if rate.max_per_second == 0 and not target.loopback:
        raise ConfigError(
            "A rate of 0 (no pacing) is for a server on this machine only; "
            "give --max-rate, or rate.max_per_second, a number above 0."
        )
    if target.kind != "sandbox":
        return rate
    defaults = keys_of_config()
    changes = {
        key.partition(".")[2]: fast
        for key, fast in SANDBOX_RATES.items()
        if _untouched(loaded, key, defaults[key])
    }
    return rate.model_copy(update=changes)


def _untouched(loaded: Loaded, key: str, default: float) -> bool:
    """A file that repeats the default (as the example file does) has chosen nothing."""
    value = getattr(loaded.config.rate, key.partition(".")[2])
    origin = loaded.origins[key]
    return origin == "default" or (origin.startswith("file ") and value == default)


def _configured(loaded: Loaded) -> Target | None:
    api = loaded.config.api
    by_name, by_url = (_rank(loaded, key) for key in ("api.target", "api.base_url"))
    if api.target and api.base_url and by_name == by_url:
        raise ConfigError(
            f"api.target and api.base_url are both set ({loaded.origins['api.target']}); "
            "leave one of them empty."
        )
    if api.base_url and (not api.target or by_url > by_name):
        return Target.from_base_url(api.base_url, loaded.origins["api.base_url"])
    return _named(api.target, loaded.origins["api.target"]) if api.target else None


def _rank(loaded: Loaded, key: str) -> int:
    return _SOURCES.index(loaded.origins[key].partition(" ")[0])


def _named(name: str, chosen_by: str) -> Target:
    if name == "sandbox":
        return Target.sandbox(chosen_by=chosen_by)
    return Target.live(chosen_by) if name == "live" else Target.test(chosen_by)


def _default(*, unattended: bool) -> Target:
    if unattended:
        raise ConfigError(
            "No target was chosen, and no one is there to ask; add --live, --test, --sandbox or "
            "--base-url URL, or set api.target in the configuration."
        )
    return Target.test("default")
