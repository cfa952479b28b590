"""Put the configuration together: flags > environment > file > defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.config.layers import (
    CONFIG_VARIABLE,
    Layer,
    from_environment,
    from_file,
    from_flags,
)
from pipeline.config.model import Config, keys_of_config
from pipeline.config.trust import FoundFile, read_found
from pipeline.core.errors import ConfigError

__all__ = ["FILE_NAME", "TRUSTED_ONLY", "Loaded", "load_config"]

FILE_NAME: Final = "config.yaml"
TRUSTED_ONLY: Final = (
    "api.target",
    "api.base_url",
    "api.proxy",
    "api.ca_file",
    "log.file",
    "notify.healthcheck_url",
)
"""Keys that say where the two API keys go, whom a run calls besides, and to which of the user's
files it adds lines that hold the names of sheets: a file that others can write may not set them.
"""

_MERGED: Final = "sheet.columns"
_SENTENCES: Final[Mapping[str, str]] = {
    "string_type": "should be text; put it in quotes",
    "path_type": "should be a path",
    "dict_type": "should be lines of FIELD: heading",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "int_type": "should be a whole number",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "finite_number": "should be a number",
}


_LISTS: Final = {
    "sheet.repair": "should be all, none or a list of repair ids",
    "sheet.ignore": "should be none or a list of rule ids",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration and where each value came from.

    ``origins`` gives for every dotted key ``flag``, ``environment``, ``file FILE`` or ``default``.
    """

    config: Config
    file: Path | None
    origins: Mapping[str, str]


def load_config(
    *,
    file: Path | None,
    environ: Mapping[str, str],
    flags: Mapping[str, Any],
    cwd: Path,
    user_config_folder: Path,
    search: bool = True,
) -> Loaded:
    """Read and merge every source, and check the result.

    ``file`` is what ``--config`` named; without it the file of ``ADDRESS_PIPELINE_CONFIG``, else
    ``config.yaml`` in ``cwd``, else in ``user_config_folder``, if there is one; with ``search`` off
    only what was named. ``flags`` are dotted keys with their values. Raises
    ConfigError in one sentence with file, line or variable.
    """
    found = _find(file, environ, cwd, (cwd, user_config_folder) if search else ())
    layers = [from_environment(environ, cwd), from_flags(flags, cwd)]
    if found is not None:
        of_file = from_file(found)
        _check_trust(found, of_file)
        layers.insert(0, of_file)
    origins = dict.fromkeys(keys_of_config(), "default")
    for layer in layers:
        origins |= dict.fromkeys(layer.values, layer.origin)
    config = _validated(layers)
    _check_ca_file(config, layers)
    return Loaded(config, found.path if found else None, origins)


def _find(
    file: Path | None, environ: Mapping[str, str], cwd: Path, folders: Sequence[Path]
) -> FoundFile | None:
    named = file or environ.get(CONFIG_VARIABLE, "").strip()
    if named:
        return read_found(cwd / named)
    for folder in folders:
        if _present(folder / FILE_NAME):
            return read_found(folder / FILE_NAME)
    return None


def _present(path: Path) -> bool:
    """Tell whether there is such a file; one that may not be looked at counts, to be reported."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _check_trust(found: FoundFile, layer: Layer) -> None:
    """Refuse values that could walk the keys out, unless empty, from a file others can write."""
    if not found.distrust:
        return
    for key in TRUSTED_ONLY:
        if layer.values.get(key, "") != "":
            raise ConfigError(
                f"{layer.places[key]}: {key} is not taken from this file, because {found.distrust}"
                "; give it by a flag or in the environment, or make the file and its folder "
                "yours and close both to others (chmod go-w)."
            )


def _check_ca_file(config: Config, layers: list[Layer]) -> None:
    path = config.api.ca_file
    try:
        there = path is None or path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        place = _place_of("api.ca_file", layers)
        raise ConfigError(f"{place}: api.ca_file names no file that can be read; mend the path.")


def _validated(layers: list[Layer]) -> Config:
    nested: dict[str, Any] = {}
    for layer in layers:
        for dotted, value in layer.values.items():
            section, _, key = dotted.rpartition(".")
            into = nested.setdefault(section, {}) if section else nested
            into[key] = _joined(into.get(key), value) if dotted == _MERGED else value
    try:
        return Config(**nested)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # Raised outside of the handler: the foreign error is not to be dragged along.
    raise ConfigError(_sentence(first, layers))


def _joined(lower: Any, upper: Any) -> Any:
    """``sheet.columns`` of several sources are one map, field by field."""
    if isinstance(lower, Mapping) and isinstance(upper, Mapping):
        return {**lower, **upper}
    return upper


def _sentence(details: ErrorDetails, layers: list[Layer]) -> str:
    steps = [str(step) for step in details["loc"]]
    dotted = next(
        (key for key in (".".join(steps[:2]), steps[0]) if key in keys_of_config()), steps[0]
    )
    said = _SENTENCES.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    said = _LISTS.get(dotted, said)
    said = said.replace("Input should", "should").replace("String should", "should")
    return f"{_place_of(dotted, layers)}: {dotted} {said}."


def _place_of(dotted: str, layers: list[Layer]) -> str:
    return next((layer.places[dotted] for layer in reversed(layers) if dotted in layer.places), "")
