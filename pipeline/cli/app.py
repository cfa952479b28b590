"""The commands and their flags, and how an error reaches a person."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.cli import flags
from pipeline.cli.ends import ended_badly, say
from pipeline.cli.flags import Asked
from pipeline.cli.screen import put
from pipeline.cli.signals import Terminated, interrupted, listen
from pipeline.core.outcome import ExitCode

__all__ = ["app", "run"]


class _Commands(TyperGroup):
    """The group of commands; a signal leaves it as an error that is told, for typer itself would
    end with a bare 130 whatever the signal was.
    """

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        """Read what was asked for; a signal may come as early as that."""
        try:
            return super().make_context(*arguments, **more)
        except KeyboardInterrupt as stop:
            raise interrupted(stop, "Stopped.") from None

    def invoke(self, ctx: Any) -> Any:
        """Carry out the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise interrupted(stop, "Stopped.") from None


app = typer.Typer(
    cls=_Commands,
    name="address-pipeline",
    help="Correct FinerWorks shipping addresses in bulk from spreadsheets.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)


@functools.cache
def _built() -> Callable[..., Any]:
    """Build the commands from their signatures, once in a process: it takes longer than most."""
    return typer.main.get_command(app)


def run(arguments: list[str]) -> int:
    """Run the command line and give its exit code; errors reach a person as one sentence."""
    started_at = time.time()
    listen()
    try:
        code = _built()(arguments, prog_name="address-pipeline", standalone_mode=False)
        return int(code or 0)
    except Exception as error:  # noqa: BLE001  # the one place where all ends meet
        return ended_badly(error, arguments, started_at)
    except Terminated:
        return say("Stopped.", ExitCode.SIGTERM, arguments, started_at)
    except KeyboardInterrupt:
        return say("Stopped.", ExitCode.SIGINT, arguments, started_at)


def _version(wanted: bool) -> None:
    if wanted:
        from pipeline.wiring import app_version

        put(sys.stdout, f"address-pipeline {app_version()}\n")
        raise typer.Exit


@app.callback()
def front(
    context: typer.Context,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Correct FinerWorks shipping addresses in bulk from spreadsheets."""
    if context.invoked_subcommand is None:
        from pipeline.cli.front import front_page

        put(sys.stdout, "\n".join([*front_page(), ""]))


@app.command(epilog="Example: address-pipeline apply orders.xlsx --live")
def apply(
    sheets: flags.Sheets,
    config: flags.Config = None,
    worksheet: flags.Worksheet = None,
    maps: flags.Map = None,
    ids: flags.Ids = None,
    output: flags.Output = None,
    live: flags.Live = False,
    test: flags.Test = False,
    sandbox: flags.Sandbox = False,
    base_url: flags.BaseUrl = None,
    yes: flags.Yes = False,
    dry_run: flags.DryRun = False,
    resend: flags.Resend = False,
    missing: flags.Missing = None,
    accept_findings: flags.AcceptFindings = False,
    duplicates: flags.Duplicates = None,
    no_repair: flags.NoRepair = False,
    fail_on: flags.FailOn = "any",
    max_rate: flags.MaxRate = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Read, check, show the plan, ask, send, write the results."""
    asked = Asked.of(locals())
    if dry_run:
        from pipeline.cli.check import run_check

        return run_check(asked).exit_code
    from pipeline.cli.apply import run_apply

    return run_apply(asked).exit_code


@app.command(epilog="Example: address-pipeline check orders.xlsx")
def check(
    sheets: flags.Sheets,
    config: flags.Config = None,
    worksheet: flags.Worksheet = None,
    maps: flags.Map = None,
    ids: flags.Ids = None,
    output: flags.Output = None,
    live: flags.Live = False,
    test: flags.Test = False,
    base_url: flags.BaseUrl = None,
    resend: flags.Resend = False,
    accept_findings: flags.AcceptFindings = False,
    save_mapping: flags.SaveMapping = False,
    duplicates: flags.Duplicates = None,
    no_repair: flags.NoRepair = False,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Check sheets and send nothing: what is wrong, what would change. Needs no keys."""
    from pipeline.cli.check import run_check

    asked = Asked.of(locals())
    return run_check(asked).exit_code


@app.command(epilog="Example: address-pipeline watch addresses --live")
def watch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The hot folder.", show_default=False)
    ],
    once: Annotated[
        bool, typer.Option("--once", help="Make one pass over what is there, and end.")
    ] = False,
    auto: Annotated[
        bool, typer.Option("--auto", help="Send without approval: sheets that machines write.")
    ] = False,
    take_over: Annotated[
        str | None,
        typer.Option("--take-over", metavar="NAME", help="Go on with a dead watcher's sheets."),
    ] = None,
    config: flags.Config = None,
    worksheet: flags.Worksheet = None,
    maps: flags.Map = None,
    ids: flags.Ids = None,
    live: flags.Live = False,
    test: flags.Test = False,
    sandbox: flags.Sandbox = False,
    base_url: flags.BaseUrl = None,
    missing: flags.Missing = None,
    accept_findings: flags.AcceptFindings = False,
    duplicates: flags.Duplicates = None,
    no_repair: flags.NoRepair = False,
    fail_on: flags.FailOn = "any",
    max_rate: flags.MaxRate = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Look after a folder that sheets are dropped into: check, ask for approval, send."""
    from pipeline.cli.watch import Wanted, run_watch

    wanted = Wanted(folder, once=once, auto=auto, take_over=take_over, debug=debug)
    return run_watch(Asked.of(locals()), wanted)


@app.command(epilog="Example: address-pipeline ids shopify_orders.csv --live -o order-ids.csv")
def ids(
    sheets: flags.Sheets,
    config: flags.Config = None,
    worksheet: flags.Worksheet = None,
    maps: flags.Map = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The sheet to write (.csv or .xlsx)."),
    ] = None,
    live: flags.Live = False,
    test: flags.Test = False,
    sandbox: flags.Sandbox = False,
    base_url: flags.BaseUrl = None,
    max_rate: flags.MaxRate = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Get FinerWorks' order ids for a shop's export. Changes nothing."""
    from pipeline.cli.ids import run_ids

    return run_ids(Asked.of(locals()))


@app.command(epilog="Example: address-pipeline demo")
def demo(
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Apply two samples to the sandbox; nothing leaves this machine."""
    from pipeline.cli.demo import run_demo

    return run_demo(Asked.of(locals()))


RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id.", show_default=False)]


@app.command(epilog="Example: address-pipeline runs 20261123-k3f9q2")
def runs(
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id.", show_default=False)
    ] = None,
    config: flags.Config = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """List earlier runs, or show one."""
    asked = Asked.of(locals())
    from pipeline.cli import history

    if run_id is None:
        history.list_runs(asked)
    else:
        history.show_run(asked, run_id)
    return ExitCode.OK


@app.command(epilog="Example: address-pipeline resume 20261123-k3f9q2")
def resume(
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id.", show_default=False)
    ] = None,
    config: flags.Config = None,
    output: flags.Output = None,
    live: flags.Live = False,
    test: flags.Test = False,
    base_url: flags.BaseUrl = None,
    yes: flags.Yes = False,
    max_rate: flags.MaxRate = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Continue a cut-off run; its sheet need not be there any more."""
    from pipeline.cli.resume import run_resume

    return run_resume(Asked.of(locals()), run_id)


@app.command(epilog="Example: address-pipeline results 20261123-k3f9q2 -o again.xlsx")
def results(
    run_id: RunId,
    config: flags.Config = None,
    output: flags.Output = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Write a run's results sheet again, from the ledger."""
    from pipeline.cli import history

    asked = Asked.of(locals())
    return history.write_again(asked, run_id)


@app.command(
    epilog="Example: address-pipeline forget --older-than 90d",
    context_settings={"allow_extra_args": True},  # or the error would repeat what was typed
)
def forget(
    context: typer.Context,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="All that is older (90d, 12w)."),
    ] = None,
    order: Annotated[
        list[str] | None,
        typer.Option("--order", metavar="ID", help="An order, by FinerWorks' number; repeatable."),
    ] = None,
    po: Annotated[
        list[str] | None,
        typer.Option("--po", metavar="NUMBER", help="An order, by the seller's number."),
    ] = None,
    email: Annotated[
        list[str] | None,
        typer.Option("--email", metavar="ADDRESS", help="A person (-: read it from stdin)."),
    ] = None,
    config: flags.Config = None,
    yes: flags.Yes = False,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Only say what would be deleted.")
    ] = False,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Delete personal data from the ledger; say which files still hold it."""
    from pipeline.cli.forget import Wanted, run_forget

    wanted = Wanted(older_than, order or (), po or (), email or (), context.args)
    return run_forget(Asked.of(locals()), wanted, dry_run=dry_run)


@app.command(epilog="Example: address-pipeline login")
def login(
    config: flags.Config = None,
    live: flags.Live = False,
    test: flags.Test = False,
    base_url: flags.BaseUrl = None,
    yes: flags.Yes = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Keep your two keys in the system's keychain, once they are checked."""
    from pipeline.cli.login import run_login

    return run_login(Asked.of(locals()))


@app.command(epilog="Example: address-pipeline logout")
def logout(
    config: flags.Config = None, debug: flags.Debug = False, no_color: flags.NoColor = False
) -> int:
    """Take your keys out of the system's keychain."""
    from pipeline.cli.login import run_logout

    return run_logout(Asked.of(locals()))


@app.command(epilog="Example: address-pipeline doctor --live")
def doctor(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="A folder to be watched.", show_default=False),
    ] = None,
    config: flags.Config = None,
    live: flags.Live = False,
    test: flags.Test = False,
    base_url: flags.BaseUrl = None,
    state_dir: flags.StateDir = None,
    as_json: flags.Json = False,
    debug: flags.Debug = False,
    no_color: flags.NoColor = False,
) -> int:
    """Look at configuration, keys, state, clock, network and a watched folder."""
    from pipeline.cli.doctor import run_doctor

    return run_doctor(Asked.of(locals()), folder)


@app.command(epilog="Example: address-pipeline template -o corrections.xlsx")
def template(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The workbook to write.")
    ] = Path("corrections.xlsx"),
) -> int:
    """Write an empty workbook with headings, notes and drop-downs."""
    from pipeline.cli.template import run_template

    return run_template(output)


@app.command(epilog="Example: address-pipeline sandbox --port 8080")
def sandbox(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any free port.")
    ] = 0,
    latency: Annotated[
        float, typer.Option("--latency", metavar="SECONDS", min=0, help="Wait before answers.")
    ] = 0.0,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="N", help="Answer 429 above so many a second.")
    ] = None,
) -> int:
    """Serve the stand-in API on this machine until Ctrl-C."""
    from pipeline.cli.sandbox import run_sandbox

    return run_sandbox(port=port, latency_seconds=latency, rate_per_second=rate)
