"""``demo``: the samples through ``apply`` against the sandbox, no keys, in any folder."""

from __future__ import annotations

import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Final

from pipeline.cli.apply import run_apply
from pipeline.cli.flags import Asked
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode
from pipeline.ledger.disks import refuse_network
from pipeline.ledger.scratch import PREFIX

__all__ = ["FOLDER", "SAMPLES", "run_demo"]

FOLDER: Final = "address-pipeline-demo"
SAMPLES: Final = ("corrections.xlsx", "all-fields.csv")


def run_demo(asked: Asked) -> ExitCode:
    """Copy the samples here and apply them; ends with 0 unless something broke.

    The samples have rows to fix on purpose, so those are no exit 1.
    """
    folder = Path(FOLDER)
    sheets = tuple(_copy(name, folder) for name in SAMPLES)
    return run_apply(
        Asked(
            sheets=sheets,
            sandbox=True,
            yes=True,
            missing="clear",
            fail_on="again",
            state_dir=_state_folder(folder),
            as_json=asked.as_json,
            quiet=asked.quiet,
            no_color=asked.no_color,
        )
    ).exit_code


def _state_folder(folder: Path) -> Path:
    """Keep the ledger beside the samples; where that is a network drive, in a temporary folder."""
    try:
        refuse_network(folder)
    except ConfigError:
        return Path(tempfile.mkdtemp(prefix=PREFIX))  # a later check sweeps it away
    return folder / "state"


def _copy(name: str, folder: Path) -> Path:
    """Put a sample into the demo folder, and our results of the last demo out of the way."""
    try:
        folder.mkdir(exist_ok=True)
        with (files("pipeline.samples") / name).open("rb") as sample:
            target = folder / name
            with target.open("wb") as copy:
                shutil.copyfileobj(sample, copy)
    except OSError as error:
        raise ConfigError(
            f"The samples cannot be put into ./{FOLDER}; change to a folder you can write to."
        ) from error
    return target
