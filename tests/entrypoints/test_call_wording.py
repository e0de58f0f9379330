from typing import Any, get_args

import pytest

from domain.call import CallEvent
from entrypoints.call_wording import EVENTS, event_in_words, field_in_words, more_in_words, result_in_short


def test_every_event_of_a_call_has_words() -> None:
    assert set(EVENTS) == {event.NAME for event in get_args(CallEvent)}


@pytest.mark.parametrize(
    ("event", "detail", "says"),
    [
        ("call.answered", {}, "Answered"),
        ("call.gathered", {"digits": "12"}, "Keys pressed: 12"),
        ("call.gathered", {"digits": "", "timed_out": True}, "No key was pressed"),
        ("call.gathered", {"timed_out": False}, "Keys pressed"),
        ("call.completed", {"status": "completed"}, "Ended"),
        ("call.completed", {"status": "no_answer"}, "Ended: no answer"),
        ("call.failed", {"status": "busy"}, "Ended as failed: busy"),
        ("call.reported", {"name": "call.sneezed"}, "Reported: call.sneezed"),
        ("call.reported", {}, "Reported"),
        ("insight.fetched", {"kind": "voice_tone"}, "AI result: voice tone"),
        ("answer.served", {"step": "menu"}, "Told what to do next: step menu"),
        ("call.claimed", {"how": "response"}, "Matched to its attempt by MiniVoice's answer"),
        ("call.whistled", {}, "call.whistled"),
    ],
)
def test_an_event_is_told_in_words(event: str, detail: dict[str, Any], says: str) -> None:
    assert event_in_words(event, detail) == says


def test_what_else_it_says_is_told_too() -> None:
    detail = {"digest": "ab", "result": "gave_up", "asked": 2, "code": "x", "again": True, "duration_ms": 3.14159}
    assert more_in_words(detail) == "result gave up, asked 2 times, code x, again, answered within 3.1 ms"
    assert more_in_words({"digits": "1", "timed_out": False}) == ""


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("talk_seconds", "Talk"),
        ("body.call.status", "Status"),
        ("actions.actions[0].say.text", "What is said"),
        ("body.data.loudness_peak", "Loudness peak"),
        ("drift[0]", "Drift"),
    ],
)
def test_a_field_that_differs_has_a_name(path: str, says: str) -> None:
    assert field_in_words(path) == says


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, []),
        ("Hello.", [("", "Hello.")]),
        ({"full_text": "Hello.", "segments": [1], "is_final": True, "empty": ""}, [("full_text", "Hello.")]),
        ([{"topic": "tariff", "score": 0.9}, {"topic": "renewal"}, 3], [("", "tariff, renewal")]),
        ([1, 2], []),
        (True, []),
    ],
)
def test_an_ai_result_is_told_in_short(data: object, says: list[tuple[str, str]]) -> None:
    assert result_in_short(data) == says
