from typing import Any

from entrypoints.cli.recipient_report import CALLS_SHOWN_MAX, call_ids
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

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
            {
                "rule": "outside_hours",
                "until": "2026-05-30T07:00:00.000000Z",
                "inputs": {"zone": "x", "local_time": "23:05", "weekday": "friday", "windows": "08:00-21:00"},
            },
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
CALL: dict[str, Any] = {
    "call_id": "call_1",
    "state": {
        "phase": "ended",
        "outcome": "completed",
        "plain_outcome": "answered",
        "talk_seconds": 31.25,
        "reached": True,
        "answer_proofs": ["call.answered"],
        "step": "call.completed",
        "created_at": "2026-05-29T12:00:01.000000Z",
        "answered_at": "2026-05-29T12:00:03.000000Z",
        "ended_at": "2026-05-29T12:00:34.250000Z",
        "contested": False,
    },
}


def attempt(nth: int, call_id: str | None) -> dict[str, Any]:
    return {**RECIPIENT["history"][0], "attempt_id": f"att_{nth}", "phase": "accepted", "why": None, "call_id": call_id}


def test_one_recipient_has_its_reasons_in_words_and_every_attempt_uncut(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", RECIPIENT)

    code, data, talk = dialtrail("status", "spring_followup", NUMBER)

    lines = data.splitlines()
    assert (code, talk) == (0, "")
    assert lines[:6] == [
        f"{NUMBER} in spring_followup: unresolved ({LONG_WHY})",
        "zone=Europe/Berlin, first_name=Ada",
        "no other call is placed now, because:",
        "- attempt att_1 is still open; if it stays unresolved, settle it with: dialtrail resolve att_1",
        "- it is 23:05 in x, outside the hours of a friday (08:00-21:00), until 2026-05-30T07:00:00.000000Z",
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


def test_its_calls_are_shown_as_of_the_same_position(dialtrail: Run, api: FakeApi) -> None:
    history = [attempt(1, "call_1"), attempt(2, None), attempt(3, "call_3")]
    reached = {**RECIPIENT, "status": "reached", "reason": None, "until": "2026-05-29T13:00:00.000000Z"}
    target = f"{PATH}/recipients/{NUMBER}?as_of=12"
    api.answers("GET", target, {**reached, "history": history, "position": 12})
    api.answers("GET", "/v1/calls/call_1?as_of=12", CALL)

    words = ("--as-of", "12", "--tz", "Asia/Tokyo")
    code, data, talk = dialtrail("status", "spring_followup", NUMBER, *words)

    lines = data.splitlines()
    assert (code, talk) == (0, "")
    assert lines[0] == f"{NUMBER} in spring_followup: reached until 2026-05-29T22:00:00.000000+09:00"
    assert (
        lines[4]
        == "- it is 23:05 in x, outside the hours of a friday (08:00-21:00), until 2026-05-30T16:00:00.000000+09:00"
    )
    assert [line.split()[0] for line in lines[6:10]] == ["attempt", "att_1", "att_2", "att_3"]
    assert lines[10:] == [
        "",
        "call    came to       talk  outcome    proved by      step            created                           answered                          ended",
        "call_1  answered      31.2  completed  call.answered  call.completed  2026-05-29T21:00:01.000000+09:00  2026-05-29T21:00:03.000000+09:00  2026-05-29T21:00:34.250000+09:00",
        "call_3  not heard of",
    ]


def test_of_very_many_calls_the_last_are_shown(dialtrail: Run, api: FakeApi) -> None:
    many = CALLS_SHOWN_MAX + 2
    history = [attempt(nth, f"call_{nth}") for nth in range(many)]
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", {**RECIPIENT, "history": history})
    for nth in range(2, many):
        api.answers("GET", f"/v1/calls/call_{nth}?as_of=7", {**CALL, "call_id": f"call_{nth}"})

    lines = dialtrail("status", "spring_followup", NUMBER).data.splitlines()

    assert [line.split()[0] for line in lines[-CALLS_SHOWN_MAX - 1 : -1]] == [f"call_{nth}" for nth in range(2, many)]
    assert lines[-1] == "and 2 earlier calls: dialtrail timeline CALL_ID shows each"


def test_a_call_that_two_attempts_claim_is_one() -> None:
    assert call_ids({"history": [attempt(1, "call_1"), attempt(2, "call_2"), attempt(3, "call_1")]}) == [
        "call_1",
        "call_2",
    ]


def test_json_is_what_the_api_said_and_no_call_is_asked_for(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", {"number": NUMBER, "position": 7})

    assert dialtrail("status", "spring_followup", NUMBER, "--json").data == f'{{"number":"{NUMBER}","position":7}}\n'
    assert len(api.asked) == 1


def test_a_ledger_that_does_not_have_the_position_is_told(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/recipients/{NUMBER}?at_least=8", RECIPIENT)

    assert dialtrail("status", "spring_followup", NUMBER, "--at-least", "8") == (
        1,
        "",
        "dialtrail: the ledger is at position 7, before 8; is this the server that said 8?\n",
    )
