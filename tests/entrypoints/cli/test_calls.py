from typing import Any

import pytest

from entrypoints.cli.calls import describe_call
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

STATE = {"phase": "ended", "outcome": "completed", "reached": True, "step": "completed"}
TIMELINE: dict[str, Any] = {
    "call_id": "call_123",
    "campaign_id": "spring_followup",
    "number": "+15551230002",
    "state": STATE,
    "entries": [
        {
            "position": 5,
            "event": "call.answered",
            "source": "webhook",
            "occurred_at": "2026-05-29T12:00:03.000000Z",
            "recorded_at": "2026-05-29T12:00:04.123456Z",
            "deliveries": 2,
            "notes": ["out_of_order", "redelivered"],
            "key": "call.answered",
            "detail": {"digest": "abc", "timed_out": False, "digits": "5", "none": None},
        },
        {
            "position": 3,
            "event": "call.claimed",
            "source": "dialtrail",
            "occurred_at": None,
            "recorded_at": "2026-05-29T12:00:01.000000Z",
            "deliveries": 1,
            "notes": [],
            "key": None,
            "detail": {"deep": {"er": 1}},
        },
    ],
    "position": 9,
}


def test_a_timeline_shows_both_clocks_side_by_side(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/call_123/timeline", TIMELINE)

    code, data, talk = dialtrail("timeline", "call_123")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "call_123 to +15551230002 in spring_followup: ended (completed), a person answered",
        "",
        "happened                     learned                      event          source     times  notes                     detail",
        "2026-05-29T12:00:03.000000Z  2026-05-29T12:00:04.123456Z  call.answered  webhook        2  out_of_order redelivered  timed_out=false digits=5",
        '-                            2026-05-29T12:00:01.000000Z  call.claimed   dialtrail      1                            {"deep":{"er":1}}',
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reached": False}, "ended (completed), nobody answered"),
        ({"phase": "dialing", "outcome": None, "reached": False}, "dialing, nobody answered so far"),
        ({"phase": "in_progress", "outcome": None}, "in_progress, a person answered"),
    ],
)
def test_the_header_says_where_the_call_stands(changes: dict[str, Any], said: str) -> None:
    assert describe_call({**TIMELINE, "state": {**STATE, **changes}}).endswith(f": {said}")


def test_a_call_of_others_is_told_as_such() -> None:
    assert describe_call({**TIMELINE, "campaign_id": None}).startswith("call_123 not placed by Dialtrail: ended")


def test_events_are_whole(dialtrail: Run, api: FakeApi) -> None:
    event = {
        "position": 12,
        "event": "call.created",
        "stream": "call:call_123",
        "recorded_at": "2026-05-29T12:00:01.000000Z",
        "body": {"body": "x" * 500},
    }
    api.answers("GET", "/v1/calls/call_123/events?limit=1000", {"items": [event], "next": None})

    code, data, _ = dialtrail("events", "call_123")

    header, row = data.splitlines()
    assert (code, header.split()) == (0, ["position", "learned", "event", "stream", "body"])
    assert row.split() == [
        "12",
        "2026-05-29T12:00:01.000000Z",
        "call.created",
        "call:call_123",
        '{"body":"' + "x" * 500 + '"}',
    ]
