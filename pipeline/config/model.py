"""Every key of the configuration: its type, its bounds and its default.

``config.yaml`` at the project's top and ``docs/configuration.md`` say the same in words; a test
compares the three both ways. Values are frozen, and no error or ``repr`` repeats one that may be
a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.config.nearest import nearest
from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import ConfigError
from pipeline.core.target import Target

__all__ = [
    "COLUMN_FIELDS",
    "ENV_PREFIX",
    "Api",
    "Config",
    "Ledger",
    "Log",
    "Metrics",
    "Notify",
    "Rate",
    "Results",
    "Retry",
    "Sheet",
    "Stop",
    "Watch",
    "keys_of_config",
]

ENV_PREFIX: Final = "ADDRESS_PIPELINE_"
COLUMN_FIELDS: Final = (*ADDRESS_FIELDS, "order_id", "order_po", "full_name", "region")
"""What ``sheet.columns`` can name: the address, the order's number, and two cells of several."""

LEAST_PER_SECOND: Final = 0.1


def _no_boolean(value: object) -> object:
    """Python takes true for 1; a person who wrote it meant something else."""
    if isinstance(value, bool):
        raise ValueError("should be a number, not true or false")  # noqa: TRY004  pydantic's shape
    return value


def _no_crawl(value: float) -> float:
    if 0 < value < LEAST_PER_SECOND:
        raise ValueError(f"should be 0 (no pacing, loopback only) or at least {LEAST_PER_SECOND}")
    return value


def _one_line(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("should be one line without control characters")
    return value.strip()


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _base_url(value: str) -> str:
    try:
        return Target.from_base_url(value).base_url if value else ""
    except ConfigError as error:
        raise ValueError(str(error).removeprefix("The base URL ").removesuffix(".")) from None


def _proxy(value: str) -> str:
    """A proxy's URL may hold its password, so no part of it is ever repeated."""
    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    plain = re.fullmatch(r"[!-~]*", value)
    if value and not (whole and plain and parts.scheme in ("http", "https")):
        raise ValueError("should look like http://proxy.example.com:3128")
    return value


def _ping_url(value: str) -> str:
    """Whoever knows the URL can send pings, so no part of it is ever repeated."""
    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and (parts.port or 1) > 0 and "@" not in parts.netloc
    except ValueError:
        whole = False
    plain = re.fullmatch(r"[!-~]*", value) and not {"?", "#", "\\"} & set(value)
    if value and not (whole and plain and parts.scheme in ("http", "https")):
        raise ValueError("should look like https://hc-ping.com/UUID, without ? or #")
    return value.rstrip("/")


def _prom_file(value: Path | None) -> Path | None:
    """The exporter reads no other name; and no file of another kind can be written over."""
    if value is not None and value.suffix != ".prom":
        raise ValueError("should be a path that ends in .prom")
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value or "utf-8")
    except LookupError:
        raise ValueError("should be an encoding such as utf-8, cp1252 or utf-16") from None
    return value


def _columns(value: Mapping[str, str]) -> Mapping[str, str]:
    for name in value:
        if name not in COLUMN_FIELDS:
            raise ValueError(
                "should be lines of FIELD: heading, but one field is unknown; "
                f"nearest: {nearest(name, COLUMN_FIELDS)}"
            )
    if not all(heading.strip() for heading in value.values()):
        raise ValueError("should give each field the heading of its column")
    return value


def _listed(value: object) -> object:
    """Take ``zip_zero, phone_tail`` (as an environment variable has it) for a list."""
    if isinstance(value, str) and value not in ("all", "none"):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


def _folder_name(value: str) -> str:
    """A name becomes a folder's, on any system."""
    if value and not re.fullmatch(r"\w[\w .@-]{0,62}\w|\w", value):
        raise ValueError("should be letters, digits, dots and dashes, 64 at most")
    return value


Text = Annotated[str, AfterValidator(_one_line)]
Location = Annotated[Path | None, BeforeValidator(_empty_is_none)]
Whole = Annotated[int, BeforeValidator(_no_boolean)]
Number = Annotated[float, BeforeValidator(_no_boolean)]
RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

_SHAPE: Final = ConfigDict(
    extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
)


class Api(BaseModel):
    """Where to send to, and how."""

    model_config = _SHAPE

    target: Literal["", "live", "test", "sandbox"] = ""
    base_url: Annotated[Text, AfterValidator(_base_url)] = ""
    timeout_seconds: Number = Field(default=30.0, gt=0, le=600)
    country_case: Literal["lower", "upper"] = "lower"
    proxy: Annotated[Text, AfterValidator(_proxy)] = Field(default="", repr=False)
    ca_file: Location = None


class Rate(BaseModel):
    """How fast, at most."""

    model_config = _SHAPE

    start_per_second: Number = Field(default=5.0, ge=LEAST_PER_SECOND, le=10_000)
    max_per_second: Annotated[Number, AfterValidator(_no_crawl)] = Field(
        default=20.0, ge=0, le=10_000
    )
    workers: Whole = Field(default=16, ge=1, le=256)
    adaptive: bool = True


class Retry(BaseModel):
    """How often and how patiently one order is tried."""

    model_config = _SHAPE

    attempts: Whole = Field(default=5, ge=1, le=100)
    max_wait_seconds: Number = Field(default=60.0, ge=0, le=3_600)
    linger_seconds: Number = Field(default=30.0, ge=0, le=3_600)
    budget: Number = Field(default=0.2, gt=0, le=10)


class Stop(BaseModel):
    """When a run gives up."""

    model_config = _SHAPE

    after_failures: Whole = Field(default=20, ge=1, le=1_000_000)
    failure_share: Number = Field(default=0.5, gt=0, le=1)
    invalid_share: Number = Field(default=0.2, ge=0, le=1)
    outage_seconds: Number = Field(default=300.0, ge=0, le=86_400)


class Sheet(BaseModel):
    """How a sheet is read, repaired and judged."""

    model_config = _SHAPE

    columns: Annotated[Mapping[str, str], AfterValidator(_columns)] = Field(default_factory=dict)
    worksheet: Text = ""
    duplicates: Literal["refuse", "last"] = "refuse"
    missing: Literal["ask", "clear"] = "ask"
    missing_last_name: Text = Field(default="", max_length=50)
    repair: Annotated[Literal["all", "none"] | tuple[RuleId, ...], BeforeValidator(_listed)] = "all"
    ignore: Annotated[Literal["none"] | tuple[RuleId, ...], BeforeValidator(_listed)] = "none"
    province: Literal["warning", "error"] = "warning"
    encoding: Annotated[Text, AfterValidator(_encoding)] = ""
    max_megabytes: Whole = Field(default=200, ge=1, le=100_000)
    max_cells: Whole = Field(default=20_000_000, ge=1, le=10_000_000_000)

    @property
    def ignored(self) -> frozenset[str]:
        """The rules that are not looked for."""
        return frozenset() if isinstance(self.ignore, str) else frozenset(self.ignore)


class Results(BaseModel):
    """What comes back, and where it is put."""

    model_config = _SHAPE

    folder: Location = None
    kind: Literal["same", "xlsx", "csv"] = "same"
    report: bool = True


class Watch(BaseModel):
    """How a hot folder is looked after."""

    model_config = _SHAPE

    name: Annotated[Text, AfterValidator(_folder_name)] = ""
    confirm: Literal["live", "always", "never"] = "live"
    poll_seconds: Number = Field(default=1.0, ge=0.1, le=3_600)
    settle_seconds: Number = Field(default=5.0, ge=0, le=3_600)
    max_rows: Whole = Field(default=20_000, ge=1, le=100_000_000)
    keep_days: Whole = Field(default=0, ge=0, le=36_500)


class Ledger(BaseModel):
    """What the ledger keeps."""

    model_config = _SHAPE

    keep_days: Whole = Field(default=90, ge=0, le=36_500)


class Log(BaseModel):
    """What is written down for machines while runs work."""

    model_config = _SHAPE

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Location = None


class Metrics(BaseModel):
    """What Prometheus is told."""

    model_config = _SHAPE

    textfile: Annotated[Location, AfterValidator(_prom_file)] = None


class Notify(BaseModel):
    """Who is told that an unattended run has begun and ended."""

    model_config = _SHAPE

    healthcheck_url: Annotated[Text, AfterValidator(_ping_url)] = Field(default="", repr=False)


class Config(BaseSettings):
    """The whole configuration, as :func:`pipeline.config.load_config` put it together."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    api: Api = Field(default_factory=Api)
    rate: Rate = Field(default_factory=Rate)
    retry: Retry = Field(default_factory=Retry)
    stop: Stop = Field(default_factory=Stop)
    sheet: Sheet = Field(default_factory=Sheet)
    results: Results = Field(default_factory=Results)
    watch: Watch = Field(default_factory=Watch)
    ledger: Ledger = Field(default_factory=Ledger)
    log: Log = Field(default_factory=Log)
    metrics: Metrics = Field(default_factory=Metrics)
    notify: Notify = Field(default_factory=Notify)
    state_dir: Location = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing but what is handed over: the loader merges, and knows where from."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def keys_of_config() -> dict[str, Any]:
    """Give every dotted key (``rate.workers``) with its default, in the order of the model."""
    known: dict[str, Any] = {}
    for name, value in Config():
        if isinstance(value, BaseModel):
            known |= {f"{name}.{key}": default for key, default in value}
        else:
            known[name] = value
    return known
