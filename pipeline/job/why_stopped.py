"""Why a run stopped, in one sentence each: what came, and what to do."""

from __future__ import annotations

from pipeline.core.reply import NoAnswer, Verdict

__all__ = ["keys_refused", "unreachable", "wrong_target"]


def unreachable(silence: NoAnswer | None) -> str:
    what = f" ({silence.what})" if silence else ""
    todo = silence.todo if silence and silence.todo else "look at the network"
    return (
        f"The API's address cannot be reached{what}, so nothing was updated; {todo}, "
        "then run the same command again."
    )


def keys_refused(verdict: Verdict) -> str:
    return (
        f"FinerWorks did not take the two keys (HTTP {verdict.http_status}), so the run stopped; "
        "check FINERWORKS_WEB_API_KEY and FINERWORKS_APP_KEY, then run the same command again."
    )


def wrong_target(verdict: Verdict) -> str:
    return verdict.sentence
