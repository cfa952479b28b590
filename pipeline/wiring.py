"""The one place that builds the real parts from what a person configured."""

from __future__ import annotations

import asyncio
import getpass
import json
import platform
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from pipeline.config import Config, Keychain, Keys, Loaded, rate_for
from pipeline.config.folder import APP_NAME, config_folder
from pipeline.config.keychain import UNATTENDED_SECONDS, WITH_A_PERSON_SECONDS
from pipeline.config.nearest import nearest
from pipeline.core.checking import RowChecker
from pipeline.core.errors import ConfigError, StoppedEarly
from pipeline.core.events import SILENT, Observer
from pipeline.core.pace import Pace, PaceOptions, RateKnown
from pipeline.core.retrying import RetryPolicy
from pipeline.core.rules import MAY_BE_IGNORED, RULES, RuleOptions
from pipeline.core.sheet_findings import SHEET_FINDINGS, Watching
from pipeline.core.target import Target, is_loopback, may_hold_keys
from pipeline.job.continuing import Shape
from pipeline.ledger import Ledger, paces
from pipeline.ledger.purge import purge_due
from pipeline.ledger.rows import last_row
from pipeline.ledger.runs import RunFacts, mark_learned, target_number
from pipeline.ledger.store import FILE_NAME
from pipeline.ledger.totals import grown_totals
from pipeline.sheets import Sheet, open_sheet

if TYPE_CHECKING:  # a check sends nothing, so it need not wait for the HTTP library
    from pipeline.job.send import SendOptions
    from pipeline.observing.pings import PingOptions
    from pipeline.sending import ClientOptions, Gate

__all__ = [
    "APP_NAME",
    "SANDBOX_KEYS",
    "SystemClock",
    "app_version",
    "check_rule_ids",
    "client_options",
    "config_folder",
    "event_log",
    "gate_for",
    "has_ledger",
    "host_of",
    "keep_pace",
    "keychain",
    "known_rate",
    "pace_options",
    "ping_options",
    "purge",
    "rate_for",
    "retry_policy",
    "row_checker",
    "run_facts",
    "send_options",
    "shape_of",
    "sheet_opener",
    "state_folder",
    "target_no",
    "watching",
    "write_metrics",
]

SANDBOX_KEYS = Keys("sandbox-web-api-key", "sandbox-app-key")
"""The stand-in takes any two different keys."""


class SystemClock:
    """The machine's own clocks and chance."""

    # Asked many times a request: as they are, without a call around them.
    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def jitter(self) -> float:
        """Give a random number in [0, 1)."""
        return random.random()  # noqa: S311  # spreads retries; nothing secret

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def app_version() -> str:
    """Give the installed version."""
    try:
        return version(APP_NAME)
    except PackageNotFoundError:
        return "0"


def keychain(*, attended: bool = False) -> Keychain:
    """Give the user's keychain; where somebody is there, it may ask for a password."""
    seconds = WITH_A_PERSON_SECONDS if attended else UNATTENDED_SECONDS
    return Keychain(config_folder(), wait_seconds=seconds)


def state_folder(config: Config) -> Path:
    """Give the folder of the ledger: configured, or the user's state folder."""
    if config.state_dir is not None:
        return config.state_dir.expanduser().absolute()
    return Path(platformdirs.user_state_dir(APP_NAME))


def has_ledger(config: Config) -> bool:
    """Tell whether there is a ledger yet."""
    return (state_folder(config) / FILE_NAME).is_file()


def check_rule_ids(config: Config) -> None:
    """Refuse names that are no rule: a typo must not turn one on or off silently."""
    named = config.sheet.repair
    repairs = sorted(rule for rule, what in RULES.items() if what.severity == "repair")
    for name in () if isinstance(named, str) else named:
        if name not in repairs:
            raise ConfigError(
                f"sheet.repair: there is no repair {name!r}; nearest: {nearest(name, repairs)}."
            )
    ignorable = sorted((*MAY_BE_IGNORED, *SHEET_FINDINGS))
    for name in sorted(config.sheet.ignored):
        if name not in ignorable:
            raise ConfigError(
                f"sheet.ignore: {name!r} is no rule that can be left out; "
                f"nearest: {nearest(name, ignorable)}."
            )


def sheet_opener(config: Config) -> Callable[[Path], Sheet]:
    """Say how a sheet is opened: its encoding, and within which bounds."""
    sheet = config.sheet
    return partial(
        open_sheet,
        encoding=sheet.encoding or None,
        max_megabytes=sheet.max_megabytes,
        max_cells=sheet.max_cells,
    )


def row_checker(config: Config) -> RowChecker:
    """Build the rules as configured."""
    return RowChecker(_rule_options(config))


def _rule_options(config: Config) -> RuleOptions:
    sheet = config.sheet
    repair = sheet.repair if isinstance(sheet.repair, str) else frozenset(sheet.repair)
    return RuleOptions(
        repair=repair,
        country_case=config.api.country_case,
        province=sheet.province,
        missing_last_name=sheet.missing_last_name,
        ignore=sheet.ignored,
    )


def shape_of(config: Config, ids_sha256: str) -> Shape:
    """Say what shapes every payload, whatever the sheet: only such a run may go on later."""
    rules = json.dumps(asdict(_rule_options(config)), sort_keys=True, default=sorted)
    return Shape(ids=ids_sha256, duplicates=config.sheet.duplicates, rules=rules)


def watching(config: Config) -> Watching:
    """Say which findings about a sheet as a whole are looked for."""
    return Watching(config.stop.invalid_share, config.sheet.ignored)


def client_options(config: Config, target: Target, keys: Keys) -> ClientOptions:
    """Say where and how to call; refuses to hand the keys to a host they may not go to.

    Whoever could put a ``base_url`` there was checked when the configuration was read.
    """
    from pipeline.sending import ClientOptions

    if not may_hold_keys(target, trusted=True):
        raise ConfigError(
            "The keys may go to finerworks.com over https and to this machine only; "
            "give another host by --base-url https://HOST."
        )
    return ClientOptions(
        base_url=target.base_url,
        web_api_key=keys.web_api_key,
        app_key=keys.app_key,
        timeout_seconds=config.api.timeout_seconds,
        proxy=None if target.loopback else config.api.proxy or None,
        ca_file=str(config.api.ca_file) if config.api.ca_file else None,
    )


def known_rate(ledger: Ledger, target_no: int) -> RateKnown | None:
    """Give the rate that an earlier run found of this target and key."""
    learned = paces.load(ledger, target_no)
    if learned is None:
        return None
    return RateKnown(learned.per_second, (time.time() - learned.learned_at) / 86_400)


def pace_options(loaded: Loaded, target: Target, known: RateKnown | None = None) -> PaceOptions:
    """Give the configured pace, with what is known of the target and key."""
    rate = rate_for(loaded, target)
    return PaceOptions(rate.start_per_second, rate.max_per_second, rate.adaptive, known)


def keep_pace(
    ledger: Ledger, target: Target, target_no: int, run_nos: Sequence[int], gate: Gate
) -> None:
    """Keep the rate that these runs learned; for later ones, what a started sandbox took ends."""
    if gate.learned is None:
        return
    with suppress(StoppedEarly):  # a full disk must not hide why the run stopped
        mark_learned(ledger, run_nos, gate.learned)
    if target.kind != "sandbox":
        paces.keep(ledger, target_no, gate.learned, time.time())


def gate_for(
    loaded: Loaded, target: Target, clock: SystemClock, known: RateKnown | None = None
) -> Gate:
    """Build the gate at the configured pace."""
    from pipeline.sending import Gate

    options = pace_options(loaded, target, known)
    pace = Pace(
        options.start, options.max_per_second, adaptive=options.adaptive, known=options.limit
    )
    return Gate(pace, clock)


def retry_policy(config: Config) -> RetryPolicy:
    """Say how patiently one order is tried."""
    retry = config.retry
    return RetryPolicy(retry.attempts, retry.max_wait_seconds, retry.linger_seconds, retry.budget)


def send_options(config: Config) -> SendOptions:
    """Say how a run sends."""
    from pipeline.core.outage import OutageRules
    from pipeline.job.send import SendOptions

    stop = config.stop
    rules = OutageRules(stop.after_failures, stop.failure_share, stop.outage_seconds)
    return SendOptions(config.rate.workers, retry_policy(config), rules)


def purge(ledger: Ledger, config: Config, run_nos: Iterable[int]) -> int:
    """Let go what the ledger has kept long enough; ``run_nos`` are what this command brings.

    Gives how many rows those were.
    Where that cannot be written now, a later command does it: this one has other work to do.
    """
    new_rows = sum(last_row(ledger, run_no) for run_no in run_nos)
    with suppress(StoppedEarly):
        return purge_due(ledger, config.ledger.keep_days, time.time(), new_rows)
    return 0


def target_no(ledger: Ledger, target: Target, keys: Keys) -> int:
    """Number the target and keys in the ledger.

    What a started sandbox confirmed ends with it, so each gets a number of its own.
    """
    where = secrets.token_hex(16) if target.kind == "sandbox" else target.base_url
    identity = f"{target.kind}\n{where}\n{keys.web_api_key}\n{keys.app_key}"
    return target_number(ledger, kind=target.kind, host=host_of(target), identity=identity)


def host_of(target: Target) -> str:
    """Name the host; a sandbox does not listen yet when it is named."""
    return urlsplit(target.base_url).netloc or "127.0.0.1"


@contextmanager
def event_log(config: Config) -> Iterator[Observer]:
    """Give the log that is configured, for one command or call; SILENT where there is none."""
    log = config.log
    if log.file is None and log.format == "text":
        yield SILENT
        return
    from pipeline.observing.log import EventLog, to_stderr

    if log.file is None:
        yield EventLog(to_stderr, log.format, log.level)
        return
    from pipeline.observing.lines import AppendedFile

    with closing(AppendedFile(log.file)) as file:
        yield EventLog(file.write, log.format, log.level)


def ping_options(config: Config) -> PingOptions | None:
    """Say whom to ping and how to get there; ``None`` where nobody wants to know."""
    url = config.notify.healthcheck_url
    if not url:
        return None
    from pipeline.observing.pings import PingOptions

    proxy = None if is_loopback(urlsplit(url).hostname or "") else config.api.proxy or None
    ca_file = str(config.api.ca_file) if config.api.ca_file else None
    return PingOptions(url, proxy, ca_file)


def write_metrics(
    config: Config, ledger: Ledger, rows: Mapping[str, int], exit_code: int, seconds: float
) -> None:
    """Write the file for Prometheus, if one is configured: of all runs, and of this command.

    Raises OSError, StoppedEarly.
    """
    if config.metrics.textfile is None:
        return
    from pipeline.observing.metrics import (
        LastCommand,
        TargetCounts,
        metrics_text,
        write_textfile,
    )

    now = time.time()
    totals = grown_totals(ledger, now if exit_code == 0 else None)
    counts = {kind: TargetCounts(**asdict(one)) for kind, one in totals.targets.items()}
    last = LastCommand(now, seconds, exit_code, rows, totals.succeeded_at)
    write_textfile(config.metrics.textfile, metrics_text(counts, last))


@dataclass(frozen=True, slots=True)
class _Who:
    user: str
    machine: str


def run_facts(target: Target | None, number: int | None) -> RunFacts:
    """Say who runs what, where."""
    who = _who()
    return RunFacts(
        together=secrets.token_hex(8),
        target_kind=target.kind if target else "check",
        host=host_of(target) if target else "",
        target_no=number,
        os_user=who.user,
        machine=who.machine,
        version=app_version(),
        base_url=target.base_url if target else "",
    )


def _who() -> _Who:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        user = "unknown"
    return _Who(user, platform.node() or "unknown")
