"""Where the user's own configuration lies."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs

__all__ = ["APP_NAME", "config_folder"]

APP_NAME: Final = "address-pipeline"


def config_folder() -> Path:
    """Give the user's own configuration folder; it need not be there."""
    return Path(platformdirs.user_config_dir(APP_NAME))
