"""What a file, the environment and the flags say, each as one flat layer of dotted keys.

A layer knows for each key where it stands (file and line, variable), for the sentence that an
error becomes. Values are never quoted, since any of them may be a secret in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic_settings import EnvSettingsSource, SettingsError

from pipeline.config.model import COLUMN_FIELDS, ENV_PREFIX, Config, keys_of_config
from pipeline.config.nearest import nearest
from pipeline.config.trust import FoundFile
from pipeline.core.errors import ConfigError

__all__ = ["CONFIG_VARIABLE", "Layer", "from_environment", "from_file", "from_flags", "variable_of"]

CONFIG_VARIABLE: Final = f"{ENV_PREFIX}CONFIG"
"""The variable that names the configuration file; it is no key."""

_COLUMNS: Final = "sheet.columns"
_PATHS: Final = ("api.ca_file", "results.folder", "log.file", "metrics.textfile", "state_dir")
_KEY_LIKE: Final = re.compile(r"(web|api|app)[ _-]*key", re.IGNORECASE)
_MOST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of values: ``origin`` as ``Loaded.origins`` shows it."""

    origin: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    places: Mapping[str, str] = field(default_factory=dict)


def variable_of(dotted: str) -> str:
    """Give the environment variable of a key: ``rate.workers`` → ``…RATE__WORKERS``."""
    return ENV_PREFIX + dotted.replace(".", "__").upper()


def from_flags(flags: Mapping[str, Any], cwd: Path) -> Layer:
    """Take the flags of the command line; a flag that is ``None`` was not given."""
    given = {key: value for key, value in flags.items() if value is not None}
    for key in given:
        if key not in keys_of_config():
            raise _unknown("The flags", key)
    return Layer("flag", _located(given, cwd), dict.fromkeys(given, "The command line"))


def from_environment(environ: Mapping[str, str], cwd: Path) -> Layer:
    """Take the ``ADDRESS_PIPELINE_…`` variables; one that is set but empty counts as not set."""
    variables = {
        name.upper(): value
        for name, value in sorted(environ.items())
        if name.upper().startswith(ENV_PREFIX) and name.upper() != CONFIG_VARIABLE
    }
    for name in variables:
        _check_variable(name)
    try:
        values = dict(_flat(_Environment(variables)()))
    except SettingsError:
        raise ConfigError(
            f"{variable_of(_COLUMNS)} should be JSON such as "
            '{"zip_postal_code": "Postcode"}; mend the variable.'
        ) from None
    places = {key: f"The environment variable {variable_of(key)}" for key in values}
    return Layer("environment", _located(values, cwd), places)


def from_file(found: FoundFile) -> Layer:
    """Take a YAML file; relative paths in it start at the file's folder.

    Raises ConfigError for what is not YAML, for unknown and repeated keys (with the line and the
    nearest name) and for the two API keys, which do not belong there.
    """
    loader = yaml.SafeLoader("")
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for dotted, place, node in _leaves(found):
        value = _constructed(loader, node, place)
        if value is not None:
            values[dotted], places[dotted] = value, place
    folder = found.path.absolute().parent
    return Layer(f"file {found.path}", _located(values, folder), places)


class _Environment(EnvSettingsSource):
    """pydantic's reading of variables, over those that are handed in."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(Config)
        self.env_vars = {name.lower(): value for name, value in variables.items() if value}


def _check_variable(name: str) -> None:
    dotted = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
    field_name = dotted.removeprefix(f"{_COLUMNS}.")
    if dotted in keys_of_config() or (field_name != dotted and field_name in COLUMN_FIELDS):
        return
    if _KEY_LIKE.search(name):
        raise ConfigError(
            f"{name} is not read; the keys come from FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY."
        )
    known = [variable_of(key) for key in keys_of_config()]
    raise ConfigError(
        f"The environment variable {name} is unknown; nearest: {nearest(name, known)}."
    )


def _flat(nested: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _located(values: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Make relative paths start at ``base``; ``~`` is the user's home."""
    located = dict(values)
    for key in _PATHS:
        value = located.get(key)
        if isinstance(value, Path) or (isinstance(value, str) and value.strip()):
            located[key] = base / _home(Path(value))
    return located


def _home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # no such home: then it is a folder's name
        return path


def _leaves(found: FoundFile) -> Iterator[tuple[str, str, yaml.Node]]:
    """Walk the file's keys, known ones only, each with its place and the node of its value."""
    known = keys_of_config()
    for name, place, node in _entries(found, _root(found), ""):
        if name in known:
            yield name, place, node
        elif name not in _sections():
            raise _unknown(place, name)
        elif isinstance(node, yaml.MappingNode):
            yield from _leaves_of_section(found, name, node)
        elif not _is_null(node):
            raise ConfigError(f"{place}: {name} is a section; put its keys below it, indented.")


def _leaves_of_section(
    found: FoundFile, section: str, mapping: yaml.MappingNode
) -> Iterator[tuple[str, str, yaml.Node]]:
    for dotted, place, node in _entries(found, mapping, f"{section}."):
        if dotted not in keys_of_config():
            raise _unknown(place, dotted)
        if isinstance(node, yaml.MappingNode):
            _refuse_repeats(found, node, f"{dotted}.")
        yield dotted, place, node


def _refuse_repeats(found: FoundFile, mapping: yaml.MappingNode, prefix: str) -> None:
    for _ in _entries(found, mapping, prefix):
        pass


def _sections() -> list[str]:
    return list(dict.fromkeys(key.partition(".")[0] for key in keys_of_config() if "." in key))


def _root(found: FoundFile) -> yaml.MappingNode:
    try:
        root = yaml.compose(found.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{found.path}{line} is not valid YAML; mend that line.") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(f"{found.path} is not valid YAML; compare it with the example.") from None
    if root is None or _is_null(root):
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{found.path} holds no keys; write lines such as `rate:`.")
    return root


def _entries(
    found: FoundFile, mapping: yaml.MappingNode, prefix: str
) -> Iterator[tuple[str, str, yaml.Node]]:
    """Give each entry's dotted key, place and value; one that stands twice is refused."""
    seen = set()
    for key_node, node in mapping.value:
        dotted = f"{prefix}{key_node.value if isinstance(key_node, yaml.ScalarNode) else '?'}"
        place = f"{found.path}, line {key_node.start_mark.line + 1}"
        if dotted in seen:
            raise ConfigError(f"{place}: {_shown(dotted)} stands twice; keep one of them.")
        seen.add(dotted)
        yield dotted, place, node


def _constructed(loader: yaml.SafeLoader, node: yaml.Node, place: str) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise ConfigError(f"{place}: the value cannot be read; put it in quotes.") from None


def _is_null(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _unknown(place: str, dotted: str) -> ConfigError:
    if _KEY_LIKE.search(dotted):
        return ConfigError(
            f"{place}: the two keys do not belong in a configuration file; take them out, set "
            "FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY in the environment instead, and change "
            "them if anyone else could read the file."
        )
    return ConfigError(
        f"{place}: {_shown(dotted)} is no key of the configuration; "
        f"nearest: {nearest(dotted, [*keys_of_config(), *_sections()])}."
    )


def _shown(dotted: str) -> str:
    """Quote a key as written, unless a pasted secret may have become one."""
    name = dotted.rpartition(".")[2]
    plain = len(name) <= _MOST_SHOWN and sum(map(str.isdigit, name)) < 4 and name.isprintable()
    return dotted if plain else "what stands there"
