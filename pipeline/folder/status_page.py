"""``_STATUS.html``: what anyone may double-click to see whether the folder is looked after.

One file, no network, no script but the few lines that compare its time with the reader's: so it
shows by itself that the watcher is off. It names files and counts, and nothing that stands in them.
The first line of the head also tells other machines who works the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import Final

__all__ = ["ALIVE_SECONDS", "Ended", "Status", "Waiting", "Who", "rendered", "who_of"]

ALIVE_SECONDS: Final = 300.0
"""A page older than this was left behind by a watcher that is off."""
SHOWN: Final = 50
"""So many waiting sheets are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who works the folder: ``identity`` tells ledgers apart, ``at`` is when the page was written.

    ``since``: when the watcher was started. ``off``: it ended in order.
    """

    identity: str
    host: str
    name: str
    at: float
    since: float
    off: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sheet that is not done, and why; ``since`` in Unix time."""

    name: str
    why: str
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A sheet that ended, with its rows by outcome."""

    name: str
    place: str
    at: float
    counts: Mapping[str, int]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """All that the page tells.

    ``scheduled``: it is looked through now and then, not all the time. ``attention`` counts the
    sheets in needs-attention/.
    """

    who: Who
    target: str
    confirm: str
    trouble: Sequence[str] = ()
    working: Sequence[Waiting] = ()
    to_approve: Sequence[Waiting] = ()
    waiting: Sequence[Waiting] = ()
    recent: Sequence[Ended] = ()
    attention: int = 0
    scheduled: bool = False


def who_of(text: str) -> Who | None:
    """Read who wrote a page; ``None`` where it is none of ours."""
    found = re.search(r'<meta name="address-pipeline-watcher" content="([^"]*)">', text)
    if found is None:
        return None
    try:
        values = json.loads(unescape(found[1]))
        return Who(
            str(values["identity"]),
            str(values["host"]),
            str(values["name"]),
            float(values["at"]),
            float(values["since"]),
            off=bool(values["off"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def rendered(status: Status) -> str:
    """Write the page."""
    who = status.who
    told = {name: getattr(who, name) for name in who.__slots__}
    blocks = [
        _trouble(status),
        _waiting("Waits for your yes", _APPROVE, status.to_approve),
        _waiting("Being worked on", "", status.working),
        _waiting("Waits", "", status.waiting),
        _attention(status),
        _recent(status.recent),
    ]
    return _PAGE.format(
        who=escape(json.dumps(told), quote=True),
        style=_STYLE,
        limit=0 if status.scheduled or who.off else int(ALIVE_SECONDS),
        at=int(who.at),
        state="off" if who.off and not status.scheduled else "on",
        alive=_alive(status),
        last=_moment(who.at),
        facts=f"{escape(status.target)} · {escape(status.confirm)}",
        blocks="\n".join(block for block in blocks if block),
        host=escape(who.host),
        name=escape(who.name),
    )


_APPROVE: Final = (
    "Open the check file beside it. Is it right? Then move the sheet itself into <b>approved</b>. "
    "Is it not? Put the sheet right and save it: a new check file is made."
)


def _alive(status: Status) -> str:
    at = _moment(status.who.at)
    if status.scheduled:
        return f"Looked through {at}. A schedule does so now and then, not all the time."
    if status.who.off:
        return f"The watcher was stopped {at}. Sheets wait until it is started again."
    return f"The watcher was at work {at}."


def _trouble(status: Status) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in status.trouble)
    return f'<section class="trouble"><h2>Something is wrong</h2>{lines}</section>' if lines else ""


def _waiting(title: str, words: str, sheets: Sequence[Waiting]) -> str:
    if not sheets:
        return ""
    lines = "".join(
        f"<li><b>{escape(one.name)}</b> <span>{escape(one.why)}"
        f"{f' · since {_moment(one.since)}' if one.since else ''}</span></li>"
        for one in sheets[:SHOWN]
    )
    more = len(sheets) - SHOWN
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    said = f"<p>{words}</p>" if words else ""
    return (
        f"<section><h2>{escape(title)} ({len(sheets):,})</h2>{said}<ul>{lines}</ul>{rest}</section>"
    )


def _attention(status: Status) -> str:
    if not status.attention:
        return ""
    what = "file lies" if status.attention == 1 else "files lie"
    return (
        '<section class="trouble"><h2>Needs attention</h2>'
        f"<p>{status.attention:,} {what} in <b>needs-attention</b>: open the results (or the "
        "error text) beside each sheet, correct it, drop the corrected file into this folder, and "
        "take the old ones away.</p></section>"
    )


def _recent(sheets: Sequence[Ended]) -> str:
    if not sheets:
        return "<section><h2>Last sheets</h2><p>None yet.</p></section>"
    lines = "".join(
        f'<tr class="{"good" if one.place == "done" else "bad"}">'
        f"<td><b>{escape(one.name)}</b></td><td>{escape(one.place)}</td>"
        f"<td>{escape(_counted(one.counts))}"
        f"{f'<p>{escape(one.note)}</p>' if one.note and one.place != 'done' else ''}</td>"
        f"<td>{_moment(one.at)}</td></tr>"
        for one in sheets
    )
    return (
        "<section><h2>Last sheets</h2><table><thead><tr><th>Sheet</th><th>Where it is</th>"
        f"<th>Rows</th><th>When</th></tr></thead><tbody>{lines}</tbody></table></section>"
    )


def _counted(counts: Mapping[str, int]) -> str:
    words = (f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items() if n)
    return ", ".join(words) or "–"


def _moment(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%Y-%m-%d %H:%M} UTC</time>'


_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6470;--page:#f5f6f8;--card:#fff;
--line:#dfe3e8;--good:#1a7f42;--bad:#b3261e;--warn:#fff4e0}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a0a8b3;--page:#14171a;--card:#1e2227;
--line:#333a42;--good:#6fd08c;--bad:#ff8a80;--warn:#33290f}}
*{box-sizing:border-box}body{margin:0;padding:1rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}main{max-width:60rem;margin:0 auto}
h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.05rem;margin:0 0 .4rem}
section,header{background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:1rem;margin:0 0 1rem}.trouble{background:var(--warn);border-left:5px solid var(--bad)}
header{border-left:5px solid var(--good)}.off header{border-left-color:var(--bad)}
p{margin:.3rem 0}.soft,time,li span{color:var(--soft)}ul{margin:.3rem 0;padding-left:1.2rem}
li{overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem .4rem 0;border-top:1px solid var(--line);
vertical-align:top;overflow-wrap:anywhere}th{border:0;color:var(--soft);font-weight:600}
@media (min-width:34.01rem){td:first-child{min-width:12rem;width:20%}
td:nth-child(2),td:last-child{white-space:nowrap;overflow-wrap:normal}}
.good td:nth-child(2){color:var(--good)}.bad td:nth-child(2){color:var(--bad)}
.dead{display:none;color:var(--bad);font-weight:700}.off .dead{display:block}
.off .alive{display:none}
@media (max-width:34rem){thead{display:none}tr,td{display:block}td{border:0;padding:.1rem 0}
tr{border-top:1px solid var(--line);padding:.5rem 0}}
"""
_PAGE: Final = """<!DOCTYPE html>
<html lang="en" class="{state}">
<head>
<meta charset="utf-8">
<meta name="address-pipeline-watcher" content="{who}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="30">
<title>Address folder</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>Address folder</h1>
<p class="dead" role="status">The watcher is off: nothing that is dropped here is sent. Tell whoever
looks after it. It was at work last {last}.</p>
<p class="alive">{alive}</p>
<noscript><p>If that is more than 5 minutes ago and this page says nothing of a schedule, the
watcher is off.</p></noscript>
<p class="soft">{facts} · watcher {name} on {host}</p>
</header>
{blocks}
</main>
<script>
(function () {{
  var limit = {limit}, at = {at};
  document.querySelectorAll("time").forEach(function (one) {{
    var words = {{dateStyle: "medium", timeStyle: "short"}};
    one.textContent = new Date(one.dateTime).toLocaleString([], words);
  }});
  function look() {{
    if (limit && Date.now() / 1000 - at > limit) document.documentElement.className = "off";
  }}
  look();
  setInterval(look, 10000);
}})();
</script>
</body>
</html>
"""
