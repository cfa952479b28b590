"""The flags that several commands share, each said once."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import typer

from pipeline.core.errors import ConfigError
from pipeline.core.said import Said

__all__ = ["Asked"]

Sheets = Annotated[
    list[Path], typer.Argument(metavar="SHEET...", help="CSV or Excel files.", show_default=False)
]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Configuration.")]
Worksheet = Annotated[
    str | None, typer.Option("--worksheet", metavar="NAME", help="The worksheet to read.")
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=HEADING", help="Say which column holds a field."),
]
Ids = Annotated[
    Path | None,
    typer.Option("--ids", metavar="FILE", help="A sheet that pairs PO numbers with order ids."),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="PATH", help="Where results go (a file or a folder)."),
]
Live = Annotated[bool, typer.Option("--live", help="Send to api.finerworks.com.")]
Test = Annotated[bool, typer.Option("--test", help="Send to FinerWorks' test host.")]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="Send to a stand-in here; no keys.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Send to any other host.")
]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("-n", "--dry-run", help="Only check; send nothing.")]
Resend = Annotated[bool, typer.Option("--resend", help="Send unchanged rows as well.")]
Missing = Annotated[
    str | None,
    typer.Option("--missing", metavar="ask|clear", help="What absent columns do."),
]
Duplicates = Annotated[
    str | None,
    typer.Option("--duplicates", metavar="refuse|last", help="Different addresses, one order."),
]
AcceptFindings = Annotated[
    bool, typer.Option("--accept-findings", help="Send although the sheet looks damaged.")
]
FailOn = Annotated[
    Literal["any", "new"],
    typer.Option("--fail-on", metavar="any|new", help="Which rows to fix are worth exit 1."),
]
SaveMapping = Annotated[
    bool, typer.Option("--save-mapping", help="Keep the columns in the configuration.")
]
NoRepair = Annotated[bool, typer.Option("--no-repair", help="Repair nothing.")]
MaxRate = Annotated[
    float | None,
    typer.Option("--max-rate", metavar="N", help="Requests a second, at most (0: loopback only)."),
]
StateDir = Annotated[
    Path | None, typer.Option("--state-dir", metavar="DIR", help="Where the ledger lies.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say only what must be said.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show the whole mapping.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Use no colour (NO_COLOR too).")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for on the command line."""

    sheets: tuple[Path, ...] = ()
    config: Path | None = None
    worksheet: str | None = None
    maps: tuple[str, ...] = ()
    ids: Path | None = None
    output: Path | None = None
    live: bool = False
    test: bool = False
    sandbox: bool = False
    base_url: str | None = None
    yes: bool = False
    resend: bool = False
    missing: str | None = None
    duplicates: str | None = None
    accept_findings: bool = False
    fail_on: Literal["any", "new", "again"] = "any"
    save_mapping: bool = False
    no_repair: bool = False
    max_rate: float | None = None
    state_dir: Path | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Take what a command was called with; parameters that are no field are its own."""
        known = {spec.name for spec in fields(cls)}
        given = {name: value for name, value in parameters.items() if name in known}
        for name in ("sheets", "maps"):
            given[name] = tuple(given.get(name) or ())
        return cls(**given)

    def flags(self) -> dict[str, Any]:
        """Give the flags that stand for configuration keys, by dotted key."""
        given = {
            "sheet.worksheet": self.worksheet,
            "sheet.missing": self.missing,
            "sheet.duplicates": self.duplicates,
            "sheet.repair": "none" if self.no_repair else None,
            "rate.max_per_second": self.max_rate,
            "state_dir": self.state_dir,
        }
        return {key: value for key, value in given.items() if value is not None}

    def mapped(self) -> dict[str, str]:
        """Give what ``--map`` said, by field."""
        pairs = {}
        for given in self.maps:
            name, equals, heading = given.partition("=")
            if not equals or not name.strip() or not heading.strip():
                raise ConfigError(
                    f"--map {given!r} is not FIELD=HEADING; write --map zip=Postcode."
                )
            pairs[name.strip()] = heading.strip()
        return pairs

    @property
    def place(self) -> str:
        """Give the flags that say where ledger and configuration are, for a next command."""
        words: list[str] = []
        if self.config is not None:
            words += ["--config", str(self.config)]
        if self.state_dir is not None:
            words += ["--state-dir", str(self.state_dir)]
        return shlex.join(words)

    @property
    def said(self) -> Said:
        """What has to be said again in a next step; target, ids and place aside."""
        shaping = [word for given in self.maps for word in ("--map", given)]
        shaping += ["--missing", self.missing] if self.missing == "clear" else []
        shaping += ["--duplicates", self.duplicates] if self.duplicates else []
        shaping += ["--no-repair"] if self.no_repair else []
        return Said(tuple(shaping), self.worksheet)

    @property
    def target_flag(self) -> str:
        """The target as the user named it, to be said again in a next step."""
        named = {"--live": self.live, "--test": self.test, "--sandbox": self.sandbox}
        if self.base_url:
            return f"--base-url {self.base_url}"
        return next((flag for flag, given in named.items() if given), "")
