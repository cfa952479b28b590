"""The command line as the program defines it: its commands and their flags, read from typer."""

from __future__ import annotations

from typing import Any, Final

import typer

from pipeline.cli import app

__all__ = ["TOP", "commands", "flags_of"]

TOP: Final = "address-pipeline"
"""The name under which the flags without a command stand."""

_TREE: Final[Any] = typer.main.get_command(app)
_HELP: Final = "-h, --help"


def commands() -> list[str]:
    """Give the commands in the order of ``--help``, first the one without a name."""
    return [TOP, *_TREE.commands]


def flags_of(command: str) -> list[str]:
    """Give a command's flags as ``--help`` shows them: ``-o, --output PATH``."""
    found = _TREE if command == TOP else _TREE.commands[command]
    named = [param for param in found.params if param.param_type_name == "option"]
    return [*(_shown(param) for param in named if _HELP.split(", ")[1] not in param.opts), _HELP]


def _shown(param: Any) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag or not param.metavar else f"{names} {param.metavar}"
