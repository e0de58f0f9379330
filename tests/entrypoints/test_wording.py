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


@pytest.mark.parametrize(
    ("rule", "inputs", "until", "expected"),
    [
        ("callback_waits", {"at": "noon"}, "noon", "- they wish to be called at <noon>"),
        ("not_started_yet", {"starts_at": "noon"}, "noon", "- the campaign begins at <noon>"),
        (
            "attempt_gap",
            {"last_attempt_id": "a1", "ended_at": "nine", "gap_seconds": 60},
            "noon",
            "- attempt a1 ended at <nine>, less than 60 s ago, until <noon>",
        ),
        ("on_inbound_call", {"call_id": "in_1"}, None, "- they ring back just now, in call in_1"),
    ],
)
def test_instants_are_by_the_readers_clock_and_said_once(
    rule: str, inputs: dict[str, object], until: str | None, expected: str
) -> None:
    verdict = {"reasons": [{"rule": rule, "inputs": inputs, "until": until}]}
    assert explain_verdict(verdict, lambda at: f"<{at}>")[1:] == [expected]
