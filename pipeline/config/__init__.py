"""Configuration, keys and the choice of the target: what a person set, checked and traced.

Flags > environment > ``config.yaml`` > defaults. What says where the two keys go is taken only
from a source that nobody else can write.
"""

from __future__ import annotations

from pipeline.config.choosing import choose_target, rate_for
from pipeline.config.keychain import Keychain
from pipeline.config.keys import KEY_NAMES, Keys, checked_keys, find_keys, key_state
from pipeline.config.loading import FILE_NAME, Loaded, load_config
from pipeline.config.model import Api, Config, Rate, Results, Retry, Sheet, Stop, Watch

__all__ = [
    "FILE_NAME",
    "KEY_NAMES",
    "Api",
    "Config",
    "Keychain",
    "Keys",
    "Loaded",
    "Rate",
    "Results",
    "Retry",
    "Sheet",
    "Stop",
    "Watch",
    "checked_keys",
    "choose_target",
    "find_keys",
    "key_state",
    "load_config",
    "rate_for",
]
