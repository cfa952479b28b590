"""Every mistake ends in one sentence: where, what, and the nearest name."""

from __future__ import annotations

import traceback

import pytest

from pipeline.core.errors import ConfigError
from tests.config.conftest import Place

SECRET = "5f0c1a7e-93b2-4d6f-8a11-secretsecret"


def _refused(place: Place) -> str:
    with pytest.raises(ConfigError) as caught:
        place.load()
    sentence = str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rate:\n  max_persecond: 5\n", 2, "nearest: rate.max_per_second"),
        ("\nrates:\n  workers: 5\n", 2, "rates is no key of the configuration; nearest: rate"),
        ("workers: 5\n", 1, "nearest: rate.workers"),
        ("Rate:\n  workers: 5\n", 1, "nearest: rate"),
        ("rate:\n  workers: 5\n  workers: 6\n", 3, "rate.workers stands twice"),
        ("rate:\n  workers: 5\nrate:\n  workers: 6\n", 3, "rate stands twice"),
        ("sheet:\n  columns:\n    city: A\n    city: B\n", 4, "sheet.columns.city stands twice"),
        ("rate: 5\n", 1, "rate is a section"),
        ("rate:\n  ? [a, b]\n  : 5\n", 2, "nearest: rate."),
        ("rate:\n  workers: many\n", 2, "rate.workers should be a whole number"),
        ("rate:\n  workers: 2.5\n", 2, "rate.workers should be a whole number"),
        ("rate:\n  workers: true\n", 2, "rate.workers should be a number, not true or false"),
        ("rate:\n  workers: 0\n", 2, "rate.workers should be greater than or equal to 1"),
        ("rate:\n  workers: [1]\n", 2, "rate.workers should be a whole number"),
        ("rate:\n  start_per_second: .nan\n", 2, "rate.start_per_second should be a"),
        ("rate:\n  start_per_second: .inf\n", 2, "rate.start_per_second should be a"),
        ("rate:\n  max_per_second: 0.01\n", 2, "rate.max_per_second should be 0 (no pacing"),
        ("api:\n  timeout_seconds: 0\n", 2, "api.timeout_seconds should be greater than 0"),
        ("api:\n  target: prod\n", 2, "api.target should be '', 'live', 'test' or 'sandbox'"),
        ("api:\n  base_url: http://a.example\n", 2, "api.base_url must begin with"),
        ("api:\n  proxy: proxy:3128\n", 2, "api.proxy should look like http://proxy"),
        ("api:\n  proxy: http://[x\n", 2, "api.proxy should look like http://proxy"),
        ("api:\n  ca_file: 7\n", 2, "api.ca_file should be a path"),
        ("sheet:\n  worksheet: 2026\n", 2, "sheet.worksheet should be text; put it in quotes"),
        ("sheet:\n  missing_last_name: no\n", 2, "should be text; put it in quotes"),
        ('sheet:\n  worksheet: "a\\nb"\n', 2, "sheet.worksheet should be one line"),
        ("sheet:\n  encoding: utf-99\n", 2, "sheet.encoding should be an encoding"),
        ("sheet:\n  encoding: base64\n", 2, "sheet.encoding should be an encoding"),
        ("sheet:\n  columns: {zip: PLZ}\n", 2, "nearest: zip_postal_code"),
        ("sheet:\n  columns: {city: ''}\n", 2, "the heading of its column"),
        ("sheet:\n  columns: {city: 7}\n", 2, "sheet.columns should be text; put it in quotes"),
        ("sheet:\n  columns: city\n", 2, "sheet.columns should be lines of FIELD: heading"),
        ("sheet:\n  repair: some\n", 2, None),
        ("sheet:\n  repair: [Zip Zero]\n", 2, "sheet.repair should be all, none or a list"),
        ("sheet:\n  ignore: {a: b}\n", 2, "sheet.ignore should be none or a list of rule ids"),
        ("sheet:\n  repair: {a: b}\n", 2, "sheet.repair should be all, none or a list"),
        ("rate:\n  workers: !!python/object:os.system x\n", 2, "the value cannot be read"),
        ("sheet:\n  worksheet: 2026-13-45\n", 2, "the value cannot be read"),
        ("sheet:\n  repair: &a [*a]\n", 2, "the value cannot be read"),
        ("rate:\n  workers: 5\n bad\n", 3, "is not valid YAML"),
        ("rate:\n\tworkers: 5\n", 2, "is not valid YAML"),
    ],
)
def test_a_mistake_in_the_file(place: Place, text: str, line: int, said: str | None) -> None:
    """The sentence names file and line, and says what is wrong."""
    path = place.write(text)
    if said is None:  # a single word is a list of one
        assert place.load().config.sheet.repair == ("some",)
        return
    sentence = _refused(place)
    assert sentence.startswith(f"{path}, line {line}")
    assert said in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just words\n", "holds no keys"),
        ("- a\n- b\n", "holds no keys"),
        ("rate: \x01\n", "not valid YAML"),
        pytest.param("[" * 5000, "not valid YAML", marks=pytest.mark.uncounted),
    ],
)
def test_a_file_that_holds_no_keys(place: Place, text: str, said: str) -> None:
    """A file of another shape is named as a whole."""
    path = place.write(text)
    sentence = _refused(place)
    assert str(path) in sentence
    assert said in sentence


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RATE_MAX_PER_SECOND", "nearest: ADDRESS_PIPELINE_RATE__MAX_PER_SECOND"),
        ("RATE__MAX_PERSECOND", "nearest: ADDRESS_PIPELINE_RATE__MAX_PER_SECOND"),
        ("STATEDIR", "nearest: ADDRESS_PIPELINE_STATE_DIR"),
        ("RATE", "nearest: ADDRESS_PIPELINE_RATE__"),
        ("SHEET__COLUMNS__ZIP", "nearest: ADDRESS_PIPELINE_SHEET__COLUMNS"),
        ("SHEET__COLUMNS__", "nearest: ADDRESS_PIPELINE_SHEET__COLUMNS"),
    ],
)
def test_an_unknown_variable(place: Place, name: str, said: str) -> None:
    """A variable with our prefix that means nothing is refused with the nearest one."""
    place.environ[f"ADDRESS_PIPELINE_{name}"] = SECRET
    sentence = _refused(place)
    assert f"ADDRESS_PIPELINE_{name} is unknown" in sentence
    assert said in sentence


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("RATE__WORKERS", SECRET, "rate.workers should be a whole number"),
        ("API__PROXY", f"socks://u:{SECRET}@p", "api.proxy should look like"),
        ("API__BASE_URL", f"https://u:{SECRET}@a.example", "must not hold a user name"),
        ("SHEET__COLUMNS", f"zip={SECRET}", "should be JSON"),
        ("SHEET__COLUMNS", f'["{SECRET}"]', "should be lines of FIELD: heading"),
    ],
)
def test_a_wrong_value_in_the_environment(place: Place, key: str, value: str, said: str) -> None:
    """The sentence names the variable and never its value."""
    place.environ[f"ADDRESS_PIPELINE_{key}"] = value
    sentence = _refused(place)
    assert f"ADDRESS_PIPELINE_{key}" in sentence
    assert said in sentence


@pytest.mark.parametrize(
    "text",
    [
        f"web_api_key: {SECRET}\n",
        f"api:\n  web_api_key: {SECRET}\n",
        f"api:\n  app_key: {SECRET}\n",
        f"api:\n  App Key: {SECRET}\n",
        f"FINERWORKS_APP_KEY: {SECRET}\n",
        f"keys:\n  app_key: {SECRET}\n",
        f"{SECRET}\n",
        f"rate:\n  {SECRET}: 5\n",
        f"rate:\n  workers: {SECRET}\n",
        f"rate:\n  workers: '{SECRET}\n",
    ],
)
def test_a_key_in_the_file_is_never_repeated(place: Place, text: str) -> None:
    """Whatever a pasted key breaks, the sentence and its traceback do not show it."""
    place.write(text)
    _refused(place)


def test_a_key_in_the_file_has_its_own_sentence(place: Place) -> None:
    """The two keys are refused with where they belong, also as variables of ours."""
    place.write(f"api:\n  web_api_key: {SECRET}\n")
    sentence = _refused(place)
    assert "line 2: the two keys do not belong in a configuration file" in sentence
    (place.cwd / "config.yaml").unlink()
    place.environ["ADDRESS_PIPELINE_API__APP_KEY"] = SECRET
    assert "come from FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY" in _refused(place)


def test_a_wrong_flag_is_named(place: Place) -> None:
    """Flags are held to the same names and bounds."""
    with pytest.raises(ConfigError, match=r"The command line: rate\.max_per_second should be"):
        place.load(flags={"rate.max_per_second": -1})
    with pytest.raises(ConfigError, match=r"nearest: rate\.max_per_second"):
        place.load(flags={"rate.max": 1})


def test_a_proxy_is_in_no_repr(place: Place) -> None:
    """A proxy's URL may hold a password."""
    place.environ["ADDRESS_PIPELINE_API__PROXY"] = f"http://user:{SECRET}@proxy.example:3128"
    loaded = place.load()
    assert loaded.config.api.proxy.endswith("@proxy.example:3128")
    assert SECRET not in repr(loaded) + str(loaded.config)
