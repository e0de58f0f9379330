from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi

PATH = "/v1/campaigns/spring_followup"
NUMBER = "+15551230002"
LONG_WHY = "sent, but the connection broke " * 10
RECIPIENT: dict[str, Any] = {
    "number": NUMBER,
    "status": "unresolved",
    "reason": LONG_WHY,
    "until": None,
    "attempts": 1,
    "call_id": None,
    "zone": "Europe/Berlin",
    "variables": {"first_name": "Ada"},
    "campaign_id": "spring_followup",
    "position": 7,
    "verdict": {
        "reasons": [
            {"rule": "open_attempt", "scope": "recipient", "inputs": {"attempt_id": "att_1"}},
            {"rule": "outside_hours", "until": "2026-05-30T07:00:00.000000Z", "inputs": {"zone": "x", "none": None}},
        ]
    },
    "history": [
        {
            "attempt_id": "att_1",
            "phase": "unresolved",
            "started_at": "2026-05-29T12:00:00.000001Z",
            "changed_at": "2026-05-29T12:00:10.000000Z",
            "call_id": None,
            "status": None,
            "code": None,
            "concerns": None,
            "why": LONG_WHY,
            "counts": True,
        }
    ],
}


@pytest.mark.parametrize(
    ("pause", "said"),
    [
        (
            {
                "scope": "account",
                "cause": "provider",
                "code": "insufficient_balance",
                "status": 402,
                "body": "{}",
                "at": "2026-05-29T12:00:00.000000Z",
                "what_to_do": "add balance at MiniVoice, then resume",
            },
            [
                "the whole account is paused by provider at 2026-05-29T12:00:00.000000Z: 402 insufficient_balance",
                "what to do: add balance at MiniVoice, then resume",
            ],
        ),
        (
            {"scope": "campaign", "cause": "operator", "code": None, "at": "2026-05-29T12:00:00.000000Z"},
            ["paused by operator at 2026-05-29T12:00:00.000000Z"],
        ),
    ],
)
def test_a_pause_says_who_and_what_to_do(dialtrail: Run, api: FakeApi, pause: dict[str, Any], said: list[str]) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "state": "paused", "pause": pause})

    code, data, _ = dialtrail("status", "spring_followup")

    assert (code, data.splitlines()[: len(said) + 2]) == (0, ["spring_followup: paused", *said, ""])


def test_a_status_that_this_version_does_not_know_is_counted_too(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "recipients": {"asleep": 2, "queued": 1}})

    assert [line.split() for line in dialtrail("status", "spring_followup").data.splitlines()[2:]] == [
        ["recipients", "count"],
        ["queued", "1"],
        ["asleep", "2"],
        ["all", "3"],
    ]


def test_one_recipient_has_its_reasons_in_words_and_every_attempt_uncut(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", RECIPIENT)

    code, data, talk = dialtrail("status", "spring_followup", NUMBER)

    lines = data.splitlines()
    assert (code, talk) == (0, "")
    assert lines[:6] == [
        f"{NUMBER} in spring_followup: unresolved ({LONG_WHY})",
        "zone=Europe/Berlin, first_name=Ada",
        "no other call is placed now, because:",
        "- attempt att_1 is still open",
        "- outside hours (zone=x), until 2026-05-30T07:00:00.000000Z",
        "",
    ]
    assert lines[6].split() == ["attempt", "phase", "started", "changed", "call", "status", "code", "why", "counts"]
    assert lines[7].startswith("att_1    unresolved  2026-05-29T12:00:00.000001Z  2026-05-29T12:00:10.000000Z")
    assert lines[7].endswith(f"{LONG_WHY}  yes")
    assert len(lines) == 8


def test_one_recipient_without_any_attempt(dialtrail: Run, api: FakeApi) -> None:
    plain = {**RECIPIENT, "status": "queued", "reason": None, "zone": None, "variables": {}, "history": []}
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", {**plain, "verdict": {"reasons": []}})

    assert dialtrail("status", "spring_followup", NUMBER).data.splitlines() == [
        f"{NUMBER} in spring_followup: queued",
        "another call may be placed now",
        "no attempt yet",
    ]
