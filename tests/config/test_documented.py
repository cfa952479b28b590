"""The model, config.yaml and docs/configuration.md say the same, both ways."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import Config
from pipeline.config.layers import variable_of
from pipeline.config.model import COLUMN_FIELDS, ENV_PREFIX, keys_of_config
from tests.config.conftest import Place

PROJECT = Path(__file__).parents[2]
FILE = (PROJECT / "config.yaml").read_text(encoding="utf-8")
PAGE = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^### (?P<key>\S+)\n\n(?P<meaning>[^\n]+)\n\n- Type: (?P<type>.+)\n"
    r"- Default: `(?P<default>.*?)`[^\n]*\n- Example: `(?P<example>.+)`\n"
    r"- Environment: `(?P<variable>.+)`$",
    re.MULTILINE,
)
ENTRIES = {match["key"]: match for match in ENTRY.finditer(PAGE)}
KEYS = list(keys_of_config())


def _flat(nested: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _at(config: Config, dotted: str) -> Any:
    value: Any = config
    for step in dotted.split("."):
        value = getattr(value, step)
    return value


def test_config_yaml_holds_every_key_with_its_default() -> None:
    """The file's keys are the model's, in its order, with its defaults."""
    in_file = _flat(yaml.safe_load(FILE))
    assert list(in_file) == KEYS
    assert {key: value or None for key, value in in_file.items()} == {
        key: value or None for key, value in keys_of_config().items()
    }


def test_config_yaml_is_a_configuration(place: Place) -> None:
    """The file as it stands loads, and changes nothing."""
    place.write(FILE)
    assert place.load().config == Config()


def test_every_key_of_config_yaml_has_a_comment() -> None:
    """No key stands without a comment right above it."""
    lines = FILE.splitlines()
    leaves = [
        (above, line)
        for above, line in pairwise(lines)
        if re.match(r"\s*[a-z_]+: \S", line) and not line.lstrip().startswith("#")
    ]
    assert len(leaves) == len(KEYS)
    assert [line for above, line in leaves if not above.lstrip().startswith("# ")] == []


def test_the_page_describes_the_keys_and_no_other() -> None:
    """Headings and entries of the page are the model's keys, in its order."""
    assert re.findall(r"^### (\S+)$", PAGE, re.MULTILINE) == KEYS
    assert list(ENTRIES) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_the_page_tells_default_and_variable(key: str) -> None:
    """Each entry has the key's default and its variable's name."""
    entry = ENTRIES[key]
    assert (yaml.safe_load(entry["default"]) or None) == (keys_of_config()[key] or None)
    assert entry["variable"].partition("=")[0] == variable_of(key)


@pytest.mark.parametrize("key", KEYS)
def test_the_examples_work(place: Place, tmp_path: Path, key: str) -> None:
    """An example changes its key, the same way from the file and from the environment."""
    example, variable = ENTRIES[key]["example"], ENTRIES[key]["variable"]
    if key == "api.ca_file":
        authorities = tmp_path / "company.pem"
        authorities.touch()
        example, variable = (
            text.replace("/etc/ssl/certs/company.pem", str(authorities))
            for text in (example, variable)
        )
    section = key.partition(".")[0]
    place.write(f"{section}:\n  {example}\n" if "." in key else f"{example}\n")
    by_file = _at(place.load().config, key)
    assert by_file != keys_of_config()[key]
    place.write("")
    name, _, value = shlex.split(variable)[0].partition("=")
    place.environ[name] = value
    by_environment = _at(place.load().config, key)
    assert by_environment not in (None, "", {})
    if key != "sheet.columns":
        assert by_environment == by_file


def test_the_page_invents_no_name() -> None:
    """Every dotted key and every variable in the text exists."""
    sections = {key.partition(".")[0] for key in KEYS if "." in key}
    dotted = re.findall(rf"`((?:{'|'.join(sections)})\.[a-z_]+)`", PAGE)
    assert set(dotted) <= set(KEYS)
    known = {variable_of(key) for key in KEYS} | {ENV_PREFIX, f"{ENV_PREFIX}CONFIG"}
    known |= {variable_of(f"sheet.columns.{name}") for name in COLUMN_FIELDS}
    assert set(re.findall(rf"{ENV_PREFIX}\w*", PAGE)) <= known
