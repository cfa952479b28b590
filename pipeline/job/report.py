"""The report of a run: one page beside its results, named after them."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from pipeline.core.account import Account
from pipeline.core.errors import StoppedEarly
from pipeline.ledger import Ledger
from pipeline.ledger.runs import Run, remember_written, written_by_us
from pipeline.sheets.placing import place, sha256_of, temporary_beside

__all__ = ["report_name", "write_report"]


def report_name(results: str) -> str:
    """``orders.results.xlsx`` → ``orders.report.html``, with the number that the results have."""
    found = re.fullmatch(r"(.*?)(?:\.results)?( \(\d+\))?", Path(results).stem, re.DOTALL)
    name, number = found.groups() if found else (Path(results).stem, None)
    return f"{name}.report{number or ''}.html"


def write_report(
    memory: Ledger, run: Run, account: Account, results: Path, fix: str
) -> tuple[Path | None, str]:
    """Write the report beside results that were written; never over somebody's file.

    ``fix`` is the command that sends what was corrected in the results. Gives where it landed, or
    nothing and a sentence for stderr: whatever goes wrong here costs neither the results nor the
    exit code. Another name needs no sentence, for the summary has it.
    """
    wanted = results.with_name(report_name(results.name))
    try:
        page = _page(account, results, fix)
        return _write(memory, run, page, wanted), ""
    except Exception as error:  # noqa: BLE001  even our own mistake here must not cost the run
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        return None, (
            f"The report {wanted.name} cannot be written ({why or 'no room'}); the results are "
            f"whole. Once that is put right: address-pipeline results {run.run_id}"
        )


def _page(account: Account, results: Path, fix: str) -> str:
    from pipeline.pages import report_page

    return report_page(account, results=results.name, fix=fix)


def _write(memory: Ledger, run: Run, page: str, wanted: Path) -> Path:
    source = run.source.path
    with temporary_beside(wanted) as temp:
        temp.write_text(page, encoding="utf-8", newline="\n")
        sha256 = sha256_of(temp)
        landed = place(
            temp,
            wanted,
            ours=lambda path: written_by_us(memory, path, source, sha256_of(path)),
            like=Path(source),
        )
    with suppress(StoppedEarly):  # a full disk: the page is there, only not remembered
        remember_written(memory, landed, source, sha256)
    return landed
