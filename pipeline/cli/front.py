"""What the command says when it is called without one: the three jobs, and where the keys are."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.config import Keychain, key_state
from pipeline.config.folder import config_folder

__all__ = ["front_page"]


def front_page() -> list[str]:
    """Give the dozen lines."""
    return [
        "address-pipeline: correct FinerWorks shipping addresses from a spreadsheet",
        "",
        "  Look first    address-pipeline check orders.xlsx          sends nothing, needs no keys",
        "  Send          address-pipeline apply orders.xlsx --live   shows the plan, asks, sends",
        "  A folder      address-pipeline watch inbox --live         works on what is dropped in",
        "  Afterwards    address-pipeline runs                       what was sent, and results",
        "",
        "  Try it out    address-pipeline demo         two sample sheets, nothing leaves here",
        "  Begin a sheet address-pipeline template     an empty workbook with the right headings",
        "  Your keys     address-pipeline login        asks for them once, keeps them safe",
        "  In trouble    address-pipeline doctor       looks at keys, folders and the network",
        "",
        f"  Keys: {key_state(os.environ, Path.cwd(), Keychain(config_folder()))}",
        "  Every command and flag: address-pipeline -h, address-pipeline apply -h",
    ]
