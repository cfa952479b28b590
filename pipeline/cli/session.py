"""What every command needs first: configuration, screen, target, keys, sheets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.screen import Screen
from pipeline.config import Config, Keys, Loaded, choose_target, find_keys, load_config
from pipeline.core.errors import ConfigError, CredentialsRefused
from pipeline.core.mapping import SheetMapping
from pipeline.core.target import Target
from pipeline.delivery import sheet_options
from pipeline.job.choosing import SheetOptions
from pipeline.job.finish import ResultsOptions
from pipeline.ledger import Ledger
from pipeline.sheets import Sheet

__all__ = ["Session", "open_ledger"]


class Session:
    """One call of the command: what was asked, against what is configured."""

    def __init__(
        self,
        asked: Asked,
        environ: Mapping[str, str] | None = None,
        *,
        attended: bool = True,
        search_config: bool = True,
    ) -> None:
        """``attended`` off: nobody is there, nor will be; then no ``.env`` gives keys either.

        ``search_config`` off: only a named config file is read, whatever lies where we stand.
        """
        self.asked = asked
        self._attended = attended
        self.environ = os.environ if environ is None else environ
        self.screen = Screen(asked.quiet, asked.as_json, asked.no_color)
        self.loaded: Loaded = load_config(
            file=asked.config,
            environ=self.environ,
            flags=asked.flags(),
            cwd=Path.cwd(),
            user_config_folder=wiring.config_folder(),
            search=search_config,
        )
        wiring.check_rule_ids(self.config)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.loaded.config

    @property
    def interactive(self) -> bool:
        """True where a person is there and wants to be asked."""
        return (
            self._attended and self.screen.terminal and not (self.asked.yes or self.asked.as_json)
        )

    def target(self) -> Target:
        """Choose the target; unattended it must have been named."""
        asked = self.asked
        return choose_target(
            self.loaded,
            live=asked.live,
            test=asked.test,
            sandbox=asked.sandbox,
            base_url=asked.base_url,
            unattended=not self.interactive,
        )

    def known_target(self) -> tuple[Target, Keys] | None:
        """Give target and keys where both are known without asking anybody: for a check."""
        try:
            target = choose_target(
                self.loaded,
                live=self.asked.live,
                test=self.asked.test,
                sandbox=self.asked.sandbox,
                base_url=self.asked.base_url,
                unattended=True,
            )
            return (target, self.keys(target)) if target.kind != "sandbox" else None
        except (ConfigError, CredentialsRefused):
            return None

    def keys(self, target: Target) -> Keys:
        """Find the two keys; a sandbox needs none."""
        if target.kind == "sandbox":
            return wiring.SANDBOX_KEYS
        keychain = wiring.keychain(attended=self._attended and self.screen.terminal)
        return find_keys(self.environ, Path.cwd(), keychain, dotenv_too=self._attended)

    def sheets(self) -> list[Path]:
        """Give the sheets that were named, each once."""
        unique = {path.absolute().resolve(): path for path in self.asked.sheets}
        output = self.asked.output
        if len(unique) > 1 and output is not None and output.suffix.lower() in (".csv", ".xlsx"):
            raise ConfigError(f"-o {output} names one file for several sheets; name a folder.")
        return list(unique.values())

    def open_sheet(self, path: Path) -> Sheet:
        """Open a sheet within the configured bounds."""
        return wiring.sheet_opener(self.config)(path)

    def save_mappings(self, mappings: Sequence[SheetMapping]) -> str:
        """Keep the columns that were chosen as ``sheet.columns``; says where, for a person."""
        from pipeline.config.saving import save_columns

        if not mappings:
            return "Nothing was saved."
        columns: dict[str, str] = {}
        for mapping in mappings:
            for field, heading in mapping.to_save().items():
                if columns.setdefault(field, heading) != heading:
                    raise ConfigError(
                        f"The sheets have different columns for {field}; "
                        "save the mapping of one sheet at a time."
                    )
        if not columns:
            return "Nothing to save: no column was named by --map."
        file = self.loaded.file or Path.cwd() / "config.yaml"
        save_columns(file, columns)
        return f"Saved to sheet.columns of {file}: {', '.join(columns)}."

    def sheet_options(self) -> SheetOptions:
        """Say where things stand in the sheets."""
        options = sheet_options(self.loaded, self.asked.ids, self.asked.mapped())
        return replace(options, said=self.asked.said)

    def results_options(self, *, check: bool) -> ResultsOptions:
        """Say where the results go."""
        output = self.asked.output or self.config.results.folder
        if output is not None:
            is_file = output.suffix.lower() in (".csv", ".xlsx")
            folder = output.absolute().parent if is_file else output
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(f"The folder {folder} cannot be made; name another.") from error
        return ResultsOptions(
            output=output,
            kind=self.config.results.kind,
            check=check,
            accept_findings=self.asked.accept_findings,
            report=self.config.results.report,
            fail_on=self.asked.fail_on,
            place=self.asked.place,
        )


def open_ledger(session: Session) -> Ledger:
    """Open the ledger, which must be there already."""
    folder = wiring.state_folder(session.config)
    if not wiring.has_ledger(session.config):
        raise ConfigError(
            f"There are no runs in {folder}; name the right folder with --state-dir, "
            "or begin with: address-pipeline check SHEET."
        )
    return Ledger(folder)
