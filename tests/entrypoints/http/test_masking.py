from pathlib import Path
from typing import Any

import pytest

from application.actor import Actor
from domain.dial_outcome import Refused, Unresolved
from entrypoints.http.masking import shown_codes, shown_inputs, shown_reason, shown_text, shown_word
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    OTHER,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    payload,
    play,
)

BEHOLDER = Actor("vera", "viewer")
EXAMINER = Actor("anna", "auditor")
THIRD = "+15551230004"


@pytest.mark.parametrize(
    ("text", "is_word"),
    [
        ("insufficient_balance", True),
        ("call_end_unknown", True),
        ("HTTP-503", True),
        ("error.v2", True),
        ("E1042", True),
        ("+15551230002", False),
        ("n15551230002", False),
        ("n155-512-300", False),
        ("no credit for Ada", False),
        ("ada@example.org", False),
        ("", False),
        ("x" * 65, False),
        ("número", False),
    ],
)
def test_viewers_see_words_and_no_sentences_addresses_or_numbers(text: str, is_word: bool) -> None:
    assert shown_word(text, BEHOLDER) == (text if is_word else None)
    assert shown_word(text, EXAMINER) == text
    assert (shown_text(text, BEHOLDER), shown_text(text, EXAMINER)) == (None, text)


def test_what_is_not_there_stays_so() -> None:
    assert [shown_word(None, one) for one in (BEHOLDER, EXAMINER)] == [None, None]
    assert [shown_text(None, one) for one in (BEHOLDER, EXAMINER)] == [None, None]


def test_viewers_are_not_told_on_whose_word_a_person_is_suppressed() -> None:
    assert shown_reason("suppressed", "ada", BEHOLDER) is None
    assert shown_reason("suppressed", "ada", EXAMINER) == "ada"
    assert shown_reason("unresolved", "timeout", BEHOLDER) is None
    assert shown_reason("unresolved", "timeout", EXAMINER) == "timeout"
    assert shown_reason("unresolved", "call_end_unknown", BEHOLDER) == "call_end_unknown"
    assert shown_reason("held", "destination_held", BEHOLDER) == "destination_held"
    inputs: dict[str, str | int | bool | None] = {
        "source": "ada",
        "code": "rate of +1555",
        "phase": "paused",
        "counted": 1,
        "final": True,
        "none": None,
    }
    assert shown_inputs(inputs, EXAMINER) == inputs
    assert shown_inputs(inputs, BEHOLDER) == {**inputs, "source": None, "code": None}


def test_codes_that_are_none_are_counted_together_for_viewers() -> None:
    counted = {"rate_not_found": 2, "no rate for Ada": 3, "+15551230002": 4}
    assert shown_codes(counted, sees_all=False) == {"rate_not_found": 2, "other": 7}
    assert shown_codes(counted, sees_all=True) == counted


def test_nothing_that_the_provider_or_an_operator_wrote_freely_reaches_a_viewer(tmp_path: Path) -> None:
    written = {
        "why an attempt is unresolved": "why-of-Ada-Lovelace",
        "a code that is none": "no credit for Ada Lovelace",
        "who asked for the suppression": "mail from ada@example.org",
        "a name that we do not know": f"call.sneezed.at.{TO[1:]}",
        "the provider's own key": f"key-of-{OTHER[1:]}",
    }

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER, THIRD)
        lost = Unresolved(why=written["why an attempt is unresolved"], status=None, body=None)
        await stage.settle(await stage.start(TO, "att_1"), lost)
        code = written["a code that is none"]
        refused = Refused(status=400, code=code, body="{}", concerns="recipient", counts=False)
        await stage.settle(await stage.start(OTHER, "att_2"), refused)
        given = {"number": THIRD, "source": written["who asked for the suppression"]}
        assert (await stage.client.post("/v1/suppressions", json=given)).status_code == 201
        await stage.deliver(payload(written["a name that we do not know"]))
        await stage.deliver(payload("call.answered", data={"event_key": written["the provider's own key"]}))
        del stage.client.headers["authorization"]
        paths = [
            "/v1/campaigns",
            "/v1/attempts",
            "/v1/campaigns/spring_followup/recipients",
            *(f"/v1/campaigns/spring_followup/recipients/{number}" for number in (TO, OTHER, THIRD)),
            "/v1/calls",
            "/v1/calls/call_1",
            "/v1/calls/call_1/timeline",
            "/v1/calls/call_1/events",
            "/v1/events",
            "/v1/views",
        ]
        position = f"at_least={stage.ledger.position}"
        seen: dict[str, set[str]] = {}
        for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR)):
            answers = [(await stage.client.get(f"{path}?{position}", headers=headers)) for path in paths]
            assert [answer.status_code for answer in answers] == [200] * len(paths)
            seen[role] = {what for what, text in written.items() if any(text in answer.text for answer in answers)}
        assert seen == {"viewer": set(), "auditor": set(written)}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_viewers_timeline_keeps_what_is_ours(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        timeline: Any = await stage.json("/v1/calls/call_1/timeline", VIEWER)
        assert {entry["event"]: entry["key"] for entry in timeline["entries"]} == {
            "call.created": "",
            "call.claimed": "att_call_1",
        }

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
