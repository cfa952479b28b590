"""Each trouble is told once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.events import SILENT
from pipeline.pages.status import Trouble
from pipeline.watching.fate import Fate
from pipeline.watching.once_told import THAT_IS_OVER, told_once
from pipeline.watching.pausing import Pausing
from pipeline.watching.saying import Said, Saying
from pipeline.watching.told import Told

FULL = "There is no room for the ledger l.db: make room, then run the same command again."
FULL_HERE = "There is no room for the ledger l.db: make room; then it goes on by itself."


def _taken(name: str, why: str) -> Said:
    return Said(why, f"{name} cannot be taken: ", name)


def test_what_stops_everything_is_told_once_and_since_the_first() -> None:
    """The folder and two sheets meet one full disk: one trouble, and the sheets wait for it."""
    said = {
        "working/a.csv": Said(FULL, "a.csv cannot be put into done: ", "a.csv"),
        "folder": Said(FULL),
        "inbox/b.csv": _taken("b.csv", FULL),
        "status": Said(FULL, "_STATUS.html cannot be written: "),
        "stuck": Said(FULL, "old: c.csv and 2 more cannot be put where it belongs: "),
    }
    told = told_once(said, dict(zip(said, (30.0, 20.0, 10.0, 40.0, 50.0), strict=True)))
    assert told.troubles == (Trouble(FULL_HERE, 10.0),)
    assert told.of_files == {"working/a.csv": THAT_IS_OVER, "inbox/b.csv": THAT_IS_OVER}


def test_the_trouble_of_one_sheet_stands_at_the_sheet() -> None:
    """And not among those of the folder, which are in the order in which they came."""
    said = {
        "strange": Said("1 file is left alone."),
        "inbox/x: y.csv": _taken("x: y.csv", "Permission denied (x: y.csv)."),
        "pause": Said("The API is down."),
        "stuck": Said("In the way.", "c.csv cannot be put where it belongs: "),
    }
    told = told_once(said, dict(zip(said, (3.0, 2.0, 1.0, 4.0), strict=True)))
    assert told.troubles == (
        Trouble("The API is down.", 1.0),
        Trouble("1 file is left alone.", 3.0),
        Trouble("c.csv cannot be put where it belongs: In the way.", 4.0),
    )
    assert told.of_files == {"inbox/x: y.csv": "cannot be taken: Permission denied (x: y.csv)."}


def test_two_sheets_that_fail_alike_have_one_trouble() -> None:
    """Nothing else is wrong, and still the reason is told once."""
    said = {name: _taken(name, "No space left.") for name in ("a.csv", "b.csv")}
    told = told_once(said, dict.fromkeys(said, 5.0))
    assert told.troubles == (Trouble("No space left.", 5.0),)
    assert set(told.of_files.values()) == {THAT_IS_OVER}


def test_a_pause_for_the_same_reason_is_the_same_trouble() -> None:
    """That it goes on by itself is said of all troubles together."""
    silent = Saying(_Silent())
    fate = Fate(wait="api", note=FULL)
    Pausing(silent, SILENT, goes_on=True).begin(fate, Told(5), 0.0)
    told = told_once({**silent.said, "folder": Said(FULL)}, {"pause": 1.0, "folder": 2.0})
    assert told.troubles == (Trouble(FULL_HERE, 1.0),)


class _Silent:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def to_do(self, sentence: str) -> None:
        """Say nothing."""

    def trouble(self, sentence: str) -> None:
        """Keep it."""
        self.heard.append(sentence)


KEYS = st.sampled_from(["folder", "pause", "working/a.csv", "inbox/b.csv", "inbox/c.csv"])


@given(st.dictionaries(KEYS, st.sampled_from(["Full.", "Shut: it is shut.", "Down."])))
def test_nothing_is_lost_and_nothing_told_twice(reasons: dict[str, str]) -> None:
    """Every reason stands in the page exactly once, and is said aloud exactly once."""
    voice = _Silent()
    saying = Saying(voice)
    for key, why in reasons.items():
        name = key.partition("/")[2]
        saying.trouble(key, why, what="cannot be taken: " if name else "", name=name)
    told = told_once(saying.said, dict.fromkeys(saying.said, 1.0))
    words = [one.words for one in told.troubles] + list(told.of_files.values())
    for why in set(reasons.values()):
        assert sum(one.endswith(why) for one in words) == 1
        assert sum(one.endswith(why) for one in voice.heard) == 1
    assert set(told.of_files) == {key for key in reasons if "/" in key}
