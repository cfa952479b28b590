"""The table of rules."""

from __future__ import annotations

import re

import pytest

from pipeline.core.rules import RULES, SHEET_RULES, Repair, Rule, RuleOptions


def test_ids_and_titles() -> None:
    """Each rule stands under its id, in words that can be configured, with a title of its own."""
    assert all(re.fullmatch("[a-z][a-z0-9_]*", rule) for rule in RULES)
    assert all(RULES[rule].id == rule for rule in RULES)
    titles = [rule.title for rule in RULES.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("rule", [*RULES.values(), *SHEET_RULES.values()], ids=lambda one: one.id)
def test_every_rule_says_what_to_do(rule: Rule) -> None:
    """In one sentence that fits a line; of a repair that there is nothing to do, or what else."""
    assert re.fullmatch(r"[A-Z][^\n]*[^.\s]\.", rule.todo)
    assert not re.search(r"[.!?] [A-Z]", rule.todo)
    assert len(rule.todo) <= 90
    assert rule.todo.startswith("Nothing; ") is (rule.severity == "repair")


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        ("us_zip", "US ZIP missing or not 5 digits"),
        ("last_name_missing", "last_name is empty"),
        ("address_1_long", "address_1 is longer than 100"),
    ],
)
def test_groups_of_check(rule: str, title: str) -> None:
    """The groups that ``check`` shows have these words."""
    assert RULES[rule].title == title


@pytest.mark.parametrize(
    ("repair", "on"),
    [("all", True), ("none", False), (frozenset({"zip_zero"}), True), (frozenset({"x"}), False)],
)
def test_repairs_are_chosen(repair: object, on: bool) -> None:
    """A repair is on with ``all``, off with ``none``, else where it is named."""
    options = RuleOptions(repair=repair)  # type: ignore[arg-type]  # from a table
    assert options.repairs("zip_zero") is on


def test_a_repair_never_shows_the_cell() -> None:
    """No address leaves through a repr."""
    assert "Elm" not in repr(Repair("address_1", "invisible", "Elm St", "Elm"))
