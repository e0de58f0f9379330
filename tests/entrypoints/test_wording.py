import re
from pathlib import Path

import pytest

import domain.dialing
from entrypoints.wording import WORDS, explain_verdict

RULES = sorted(
    {
        rule
        for file in Path(domain.dialing.__file__).parent.glob("*.py")
        for rule in re.findall(r'rule="([a-z_]+)"', file.read_text())
    }
)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_words(rule: str) -> None:
    assert WORDS[rule].strip("- ")


def test_what_was_not_said_is_a_question_mark() -> None:
    for inputs in ({}, {"code": None}):
        assert explain_verdict({"reasons": [{"rule": "refused", "inputs": inputs}]}) == [
            "no other call is placed now, because:",
            "- MiniVoice refused this number (?)",
        ]


def test_without_a_verdict_nothing_is_said() -> None:
    assert explain_verdict(None) == []
