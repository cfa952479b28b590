"""What the pages take from the program is what the program says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.outcome import ExitCode, NextStep
from pipeline.core.rules import RULES
from pipeline.sending import no_answer
from tests.docs import generate
from tests.docs.network_samples import NETWORK
from tests.docs.reading import named
from tests.docs.rule_examples import EXAMPLES


@pytest.mark.uncounted
@pytest.mark.parametrize("path", generate.pages(), ids=named)
def test_the_page_is_what_would_be_written(path: Path) -> None:
    """``make docs`` would change nothing."""
    text = path.read_text(encoding="utf-8")
    assert text == generate.rendered(text)


def test_there_are_pages_to_write() -> None:
    """The pages that people rely on are among them."""
    assert {path.name for path in generate.pages()} >= {"outcomes.md", "rules.md", "commands.md"}


def test_every_part_that_can_be_made_is_on_a_page() -> None:
    """Nothing is made that nobody reads."""
    text = "".join(path.read_text(encoding="utf-8") for path in generate.pages())
    missing = [name for name in generate.PARTS if f"<!-- generated: {name} -->" not in text]
    assert missing == []


def test_every_cause_of_no_answer_is_told() -> None:
    """What a person may find in ``reason`` stands in the table of the network's faults."""
    tables = (no_answer._CERTIFICATES, no_answer._SYSTEM, no_answer._PROXY_SAYS)
    known = {what for table in tables for what, _ in table.values()}
    told = {reply.what.removesuffix(", HTTP 407") for reply in NETWORK.values()}
    assert {what for what in known if not any(one.startswith(what) for one in told)} == set()


def test_every_rule_has_an_example() -> None:
    """A rule that no row meets would be a rule that is not there."""
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_example_meets_its_rule(rule: str) -> None:
    """Each example is judged by the rule it stands for, and by no other error."""
    checked = EXAMPLES[rule].checked()
    told = {
        "error": [finding.rule for finding in checked.errors],
        "warning": [finding.rule for finding in checked.warnings],
        "repair": [repair.rule for repair in checked.repairs],
    }
    assert rule in told[RULES[rule].severity]
    assert set(told["error"]) <= {rule}


def test_every_exit_code_and_next_step_has_words() -> None:
    """A number alone tells nobody what to do."""
    assert set(generate.EXIT_WORDS) == set(ExitCode)
    assert set(generate.TO_DO) == set(NextStep)
