"""Every reason is a plain sentence that says what is wrong and what to do."""

from __future__ import annotations

import re
from typing import Final

import pytest

from pipeline.core.outcome import OUTCOMES, NextStep, Outcome
from pipeline.core.rules import RULES
from tests.docs.reason_samples import Sample, samples
from tests.docs.rule_examples import EXAMPLES

_QUOTED: Final = re.compile(r"“[^”]*”")
_TO_DO: Final = re.compile(
    r"[;:,] (?:or |then )?(?:look|run|apply|ask|check|compare|copy|correct|empty|fill|keep|leave"
    r"|move|put|read|send|set|shorten|so if there were any, send|if this|if it is|it is sent|type"
    r"|write|add)\b"
)
_NOTHING_TO_DO: Final = re.compile(
    r"The same order and address as .*, so it is sent once\."
    r"|A further line of the order whose address is in row \d+\."
    r"|A further line: .* is not in this sheet\."
    r"|This row was deleted in one of the worksheets, so row \d+ speaks for the order\."
)


def _sentences(reason: str) -> list[str]:
    return re.split(r"(?<=[.!?]) (?=[A-Za-z])", _QUOTED.sub("“”", reason)) if reason else []


def test_every_outcome_has_its_reasons() -> None:
    """None is left out, and each is told with a next step of its own."""
    assert {sample.outcome for sample in samples()} == set(Outcome)
    assert {sample.next_step for sample in samples()} == set(NextStep)


def test_a_reason_says_what_to_do() -> None:
    """One sentence, several only for several errors, that ends in what to do if there is any."""
    assert [sample for sample in samples() if not _is_plain(sample)] == []


def _is_plain(sample: Sample) -> bool:
    told = _sentences(sample.reason)
    if not told:
        return sample.outcome == Outcome.UPDATED
    whole = len(told) == (2 if "errors of the row" in sample.when else 1)
    return whole and all(
        sentence.endswith(".")
        and "\n" not in sentence
        and (_TO_DO.search(sentence) or _NOTHING_TO_DO.fullmatch(sentence))
        for sentence in told
    )


def test_the_next_step_fits_the_reason() -> None:
    """Who reads only the one column does the same as who reads the other."""
    assert [sample for sample in samples() if sample.next_step != _read_from(sample)] == []


def _read_from(sample: Sample) -> NextStep:
    """Tell the next step from the words alone."""
    if re.search(r"\bask FinerWorks\b", sample.reason):
        return NextStep.ASK
    if re.search(r"(run the same command|write the results) again", sample.reason):
        return NextStep.SEND_AGAIN
    fine = OUTCOMES[Outcome(sample.outcome)].ends_well
    return NextStep.NOTHING if fine else NextStep.FIX


@pytest.mark.parametrize("rule", [one for one in EXAMPLES if RULES[one].severity != "repair"])
def test_what_a_rule_says_is_a_sentence_with_what_to_do(rule: str) -> None:
    """It stands behind the field's name, in one sentence, and never quotes the cell."""
    checked = EXAMPLES[rule].checked()
    (found,) = (one for one in (*checked.errors, *checked.warnings) if one.rule == rule)
    sentence = f"{found.field} {found.sentence.removeprefix(found.field).lstrip()}"
    assert len(_sentences(sentence)) == 1
    assert re.fullmatch(r"[a-z_0-9]+ [a-z][^\n]*\.", sentence)
    assert _TO_DO.search(sentence)
