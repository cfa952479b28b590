"""Correct FinerWorks shipping addresses in bulk from spreadsheets.

What programs may rely on is named in ``__all__``; it is loaded when it is asked for, so that the
command answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.core.errors import Busy, ConfigError, CredentialsRefused, SheetError, StopRun
    from pipeline.core.target import Target
    from pipeline.python_api import (
        Run,
        apply_rows,
        apply_rows_sync,
        apply_sheet,
        apply_sheet_sync,
        check_rows,
        check_sheet,
    )

__all__ = [
    "Busy",
    "ConfigError",
    "CredentialsRefused",
    "Run",
    "SheetError",
    "StopRun",
    "Target",
    "apply_rows",
    "apply_rows_sync",
    "apply_sheet",
    "apply_sheet_sync",
    "check_rows",
    "check_sheet",
]

_ELSEWHERE = {
    "Target": "pipeline.core.target",
    "Busy": "pipeline.core.errors",
    "ConfigError": "pipeline.core.errors",
    "CredentialsRefused": "pipeline.core.errors",
    "SheetError": "pipeline.core.errors",
    "StopRun": "pipeline.core.errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "pipeline.python_api")), name)
