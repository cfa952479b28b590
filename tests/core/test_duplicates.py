"""Several rows that name one order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.duplicates import Decided, DoubtKind, Member, decide
from pipeline.core.outcome import Outcome

A, B = b"a", b"b"


def label(key: int, _reader: int) -> str:
    return f"row {key}"


def outcomes(decided: list[Decided]) -> dict[int, tuple[int | None, Outcome | None]]:
    return {one.key: (one.leader, one.outcome) for one in decided}


def test_equal_rows_are_sent_once() -> None:
    """The first speaks; the others share what becomes of it."""
    decided = decide([Member(2, A), Member(5, A), Member(9, A)], "refuse", label)
    assert outcomes(decided) == {5: (2, None), 9: (2, None)}


def test_different_addresses_refuse_each_other() -> None:
    """All of them are a conflict, equal ones too, and each names the rows it disagrees with."""
    decided = decide([Member(2, A), Member(5, B), Member(9, A)], "refuse", label)
    assert outcomes(decided) == {
        2: (None, Outcome.CONFLICT),
        5: (2, Outcome.CONFLICT),
        9: (2, Outcome.CONFLICT),
    }
    assert [one.reason.split(" another")[0] for one in decided] == [
        "Row 5 has",
        "Row 2, row 9 have",
        "Row 5 has",
    ]


def test_the_last_wins_where_the_user_said_so() -> None:
    """The earlier ones are superseded and name the row that won; an equal one shares its fate."""
    decided = decide([Member(2, A), Member(3, B), Member(5, A), Member(9, B)], "last", label)
    assert outcomes(decided) == {
        2: (9, Outcome.SUPERSEDED),
        3: (9, None),
        5: (9, Outcome.SUPERSEDED),
    }
    assert decided[0].reason.startswith("Row 9 ")


def test_a_row_without_an_address_follows_wherever_the_address_stands() -> None:
    """Shop exports fill the address on one line item only, not always the first."""
    assert outcomes(decide([Member(2, None), Member(3, A)], "refuse", label)) == {2: (3, None)}


def test_an_order_without_any_address_is_invalid() -> None:
    """Nothing is sent for it, and somebody must fill it in."""
    decided = decide([Member(2, None), Member(3, None)], "refuse", label)
    assert outcomes(decided) == {2: (None, Outcome.INVALID), 3: (2, None)}


@pytest.mark.uncounted
def test_many_rows_of_one_order_are_named_by_a_few() -> None:
    """A hundred thousand rows with one order id take no longer than any others."""
    contents = [A] * 50_000 + [B, b"c", b"d", b"e"] * 12_500
    decided = decide(
        [Member(key, content) for key, content in enumerate(contents)], "refuse", label
    )
    assert decided[0].reason.startswith("Row 50000, row 50001, row 50002 and 49997 more have")
    assert decided[50_000].reason.startswith("Row 0, row 1, row 2 and 87497 more have")


@given(st.lists(st.sampled_from([A, B, b"c", b"d", b"e", b"f"]), min_size=2, max_size=12))
def test_the_rows_that_are_named_are_the_first_that_differ(contents: list[bytes]) -> None:
    """Whatever the order of rows."""
    members = [Member(key, content) for key, content in enumerate(contents)]
    for one in decide(members, "refuse", label):
        if one.outcome is Outcome.CONFLICT:
            others = [m.key for m in members if m.content != contents[one.key]]
            named = ", ".join(f"row {key}" for key in others[:3])
            assert one.reason.lower().startswith(named)


def test_a_row_torn_between_two_edits_stops_its_order() -> None:
    """Whatever --duplicates says; a further line goes with it, and other rows name it."""
    members = [Member(2, A), Member(5, A, "torn"), Member(6, None), Member(9, B, "torn")]
    for policy in ("refuse", "last"):
        decided = decide(members, policy, label)
        assert outcomes(decided) == {2: (5, Outcome.CONFLICT), 6: (5, None)}
        assert "Row 5 is of this order too and was edited in two worksheets" in decided[-1].reason


def test_a_row_deleted_in_one_worksheet_yields_to_those_that_stayed() -> None:
    """It says which row speaks; where none stayed, nobody has decided anything."""
    members = [Member(2, A, "gone"), Member(5, B), Member(6, None), Member(9, B)]
    assert outcomes(decide(members, "refuse", label)) == {
        2: (5, Outcome.SUPERSEDED),
        6: (5, None),
        9: (5, None),
    }
    members = [Member(2, A, "gone"), Member(5, B, "gone")]
    assert {one.outcome for one in decide(members, "refuse", label)} == {Outcome.CONFLICT}


def test_a_stale_row_contradicts_nothing() -> None:
    """It is settled already; a further line goes with the rows that count, or else with it."""
    members = [Member(2, A, "stale"), Member(5, B), Member(6, None)]
    assert outcomes(decide(members, "refuse", label)) == {6: (5, None)}
    members = [Member(2, A, "stale"), Member(5, B, "stale"), Member(6, None)]
    assert outcomes(decide(members, "refuse", label)) == {6: (2, None)}


def test_a_row_that_gave_way_before_gives_way_again() -> None:
    """The row that was taken may have been corrected since; without it the other is a row again."""
    members = [Member(2, B), Member(5, A, "beaten"), Member(6, None)]
    for policy in ("refuse", "last"):
        decided = decide(members, policy, label)
        assert outcomes(decided) == {6: (2, None), 5: (2, Outcome.SUPERSEDED)}
        assert "gave way before" in decided[-1].reason
    assert decide([Member(5, A, "beaten")], "refuse", label) == []


doubts = st.sampled_from([None, None, "gone", "torn", "beaten"])
doubted = st.lists(st.tuples(st.sampled_from([A, B, None]), doubts), min_size=1, max_size=7)


@given(doubted, st.booleans())
def test_no_doubted_row_speaks_for_another(
    found: list[tuple[bytes | None, DoubtKind | None]], last: bool
) -> None:
    """A torn row stops all of its order; a deleted one changes nothing for those that stayed."""
    members = [Member(key, *each) for key, each in enumerate(found)]
    touched = outcomes(decide(members, "last" if last else "refuse", label))
    for key, (leader, _) in touched.items():
        assert leader != key
        assert leader is None or touched.get(leader, (None, None))[0] is None
    sound = [m for m in members if m.content is not None and m.doubt is None]
    if any(member.doubt == "torn" for member in members) and any(m.content for m in members):
        assert {touched[member.key][1] for member in sound} <= {Outcome.CONFLICT}
    elif sound:
        kept = [m for m in members if m.content is None or m.doubt is None]
        alone = outcomes(decide(kept, "last" if last else "refuse", label))
        assert alone.items() <= touched.items()
        gone = {member.key for member in members} - {member.key for member in kept}
        assert {touched[key][1] for key in gone} <= {Outcome.SUPERSEDED}


@given(st.lists(st.sampled_from([A, B, b"c", None]), min_size=1, max_size=8), st.booleans())
def test_at_most_one_row_is_left_to_be_sent(contents: list[bytes | None], last: bool) -> None:
    """Whatever the rows say, an order is sent once or not at all, and nobody leads himself."""
    members = [Member(key, content) for key, content in enumerate(contents)]
    decided = decide(members, "last" if last else "refuse", label)
    touched = outcomes(decided)
    free = [member.key for member in members if member.key not in touched]
    assert len(decided) == len(touched)
    assert len(free) <= 1
    for key, (leader, outcome) in touched.items():
        assert leader != key
        assert leader is not None or outcome is not None
        if leader is not None:
            assert touched.get(leader, (None, None))[0] is None
