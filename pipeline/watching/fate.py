"""What becomes of a sheet by how its process ended: a table, and one sentence for a person.

Pure. A sheet ends in one place; whatever fails is tried a bounded number of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pipeline.core.outcome import OUTCOMES, ExitCode, Outcome
from pipeline.watching.told import Told

__all__ = [
    "MOST_CHANGES",
    "MOST_CRASHES",
    "MOST_STARTS",
    "MOST_STOPS",
    "Fate",
    "Tries",
    "fate_of",
    "restless",
    "too_often",
]

MOST_CRASHES: Final = 2
"""So often a sheet may make its process die."""
MOST_STARTS: Final = 6
"""So often work on a sheet may begin without anybody hearing of its end: the machine died too."""
MOST_STOPS: Final = 3
"""So often a run that the API or the keys stopped is continued."""

_DEATHS: Final = {
    9: "killed, perhaps for want of memory",
    11: "it crashed",
    24: "it computed for an hour and came to no end",
}
"""What the signals mean that a process dies of."""

MOST_CHANGES: Final = 5
"""So often a sheet that is written to while it is worked on is worked on once more."""

SheetTask = Literal["check", "apply", "approved"]
Place = Literal["done", "needs-attention", "to-approve"]
Wait = Literal["", "busy", "api", "start", "stopped"]


@dataclass(frozen=True, slots=True)
class Tries:
    """How often it went wrong before."""

    starts: int = 0
    crashes: int = 0
    stops: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a sheet goes, or why it stays.

    ``place`` empty: it stays in working/, for another ``task`` or for a ``wait``: ``busy`` another
    process has it; ``api`` until the API and the keys work; ``start`` something is wrong that is
    not the sheet's; ``stopped`` the watcher itself stops. ``explain``: the sentence goes into a
    file beside the sheet as well. ``count`` names what went wrong once more. ``news``: whether a
    person is to be told, and the exit code of a pass (not of what was so last night as well, where
    only news was asked for).
    """

    place: Place | None = None
    note: str = ""
    task: SheetTask | None = None
    wait: Wait = ""
    explain: bool = False
    count: Literal["", "crashes", "stops"] = ""
    news: bool = True


def fate_of(task: SheetTask, told: Told, tries: Tries) -> Fate:
    """Say what becomes of a sheet after its process ended."""
    error = told.error or ""
    fate = _died(task, told, tries)
    match told.code:
        case ExitCode.SIGINT | ExitCode.SIGTERM:
            fate = Fate(wait="stopped", note=error)
        case ExitCode.BUSY:
            fate = Fate(wait="busy", note="Another address-pipeline is working on it.")
        case ExitCode.USAGE | ExitCode.CREDENTIALS | ExitCode.STOPPED if not told.began:
            fate = Fate(wait="start", note=error)
        case _ if told.preview:
            fate = Fate(task="check", note=error)
        case ExitCode.CREDENTIALS | ExitCode.STOPPED:
            fate = _stopped(error, tries)
        case ExitCode.USAGE | ExitCode.SHEET:
            fate = Fate("needs-attention", error, explain=True)
        case ExitCode.OK | ExitCode.ROWS_TO_SEE_TO if told.summary:
            fate = _checked(told) if task == "check" else _applied(told)
    return fate


def too_often(tries: Tries) -> Fate | None:
    """Say before a start whether it was begun often enough."""
    if tries.starts < MOST_STARTS:
        return None
    return Fate(
        "needs-attention",
        f"Work on this sheet was begun {tries.starts} times and never came to an end, so it is not "
        "tried again; save it anew in Excel and drop that, or ask whoever runs this.",
        explain=True,
    )


def restless() -> Fate:
    """Say what becomes of a sheet that was written to every time it was worked on."""
    return Fate(
        "needs-attention",
        f"It was written to each of the {MOST_CHANGES} times it was worked on, so nobody knows "
        "what was meant; close it wherever it is open, and drop it again. What was sent of it is "
        "in the results beside it.",
        explain=True,
    )


def _stopped(error: str, tries: Tries) -> Fate:
    if tries.stops < MOST_STOPS:
        return Fate(wait="api", note=error, count="stops")
    return Fate(
        "needs-attention",
        f"It was begun {tries.stops + 1} times and stopped each time before its end: {error} "
        "What was sent is settled; drop the sheet again to go on.",
        explain=True,
    )


def _died(task: SheetTask, told: Told, tries: Tries) -> Fate:
    why = f"signal {-told.code}" if told.code < 0 else f"exit {told.code}"
    if meaning := _DEATHS.get(-told.code):
        why = f"{why}: {meaning}"
    if told.error:
        why = f"{why}: {told.error}"
    if tries.crashes + 1 < MOST_CRASHES:
        return Fate(note=f"Work on it broke off ({why}) and is tried once more.", count="crashes")
    kept = "" if task == "check" else " What was sent of it is written down and not sent again."
    return Fate(
        "needs-attention",
        f"This sheet broke the program {MOST_CRASHES} times ({why}), so it is not tried again; "
        "save it anew in Excel and drop that, or send it to whoever looks after the program."
        f"{kept}",
        explain=True,
        count="crashes",
    )


def _checked(told: Told) -> Fate:
    if not told.to_send:  # nothing to say yes to: the results tell all
        return Fate(task="approved")
    if not told.beside:
        return Fate(
            "needs-attention",
            "The preview could not be written beside it, so it cannot be approved; make room, "
            "then drop it again.",
            explain=True,
        )
    rows = f"{told.to_send:,} order{'' if told.to_send == 1 else 's'} would be sent"
    return Fate("to-approve", f"{rows}; look at the check file, then move the sheet to approved.")


def _applied(told: Told) -> Fate:
    bad = sum(n for name, n in told.outcomes.items() if not OUTCOMES[Outcome(name)].ends_well)
    news = told.code != ExitCode.OK
    if not bad and not news:
        return Fate("done")
    findings = [str(one["sentence"]) for run in told.summary["runs"] for one in run["findings"]]
    if findings and told.outcomes.get(Outcome.NOT_SENT):
        return Fate("needs-attention", f"Nothing of it was sent. {findings[0]}", news=news)
    rows = "1 row did" if bad == 1 else f"{bad:,} rows did"
    if not told.beside:
        again = f"address-pipeline results {told.run_id} -o FILE.xlsx"
        note = f"{rows} not end well, and the results could not be written; later: {again}"
        return Fate("needs-attention", note, explain=True, news=news)
    note = f"{rows} not end well; the results beside it say what to do."
    return Fate("needs-attention", note, news=news)
