"""``template``: an empty workbook to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

from pipeline.cli.screen import Screen
from pipeline.core.errors import ConfigError
from pipeline.core.outcome import ExitCode
from pipeline.sheets.placing import place, temporary_beside
from pipeline.sheets.template import write_template

__all__ = ["run_template"]


def run_template(output: Path) -> ExitCode:
    """Write the template; a file that is there already is left alone."""
    wanted = output.absolute()
    if wanted.suffix.lower() != ".xlsx":
        raise ConfigError(f"{output} is no .xlsx file; name the template NAME.xlsx.")
    try:
        with temporary_beside(wanted) as temp:
            write_template(temp)
            landed = place(temp, wanted, ours=lambda _: False)
        landed.chmod(0o644)  # there is nothing in it yet, and a colleague may fill it in
    except OSError as error:
        raise ConfigError(
            f"{output} cannot be written there; name another place with -o."
        ) from error
    check = f"address-pipeline check {shlex.quote(landed.name)}"
    Screen().sum_up([f"Template {landed.name}: fill in one row an order, then:", f"  {check}"])
    return ExitCode.OK
