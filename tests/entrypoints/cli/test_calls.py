from typing import Any

import pytest

from entrypoints.cli.calls import describe_call
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

STATE = {"phase": "ended", "outcome": "completed", "reached": True, "step": "call.gathered"}
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
        "call_123 to +15551230002 in spring_followup: ended (completed), answered, step call.gathered",
        "",
        "happened                     learned                      event          source     times  notes                     detail",
        "2026-05-29T12:00:03.000000Z  2026-05-29T12:00:04.123456Z  call.answered  webhook        2  out_of_order redelivered  timed_out=false digits=5",
        '-                            2026-05-29T12:00:01.000000Z  call.claimed   dialtrail      1                            {"deep":{"er":1}}',
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reached": False}, "ended (completed), no answer reported, step call.gathered"),
        (
            {"phase": "dialing", "outcome": None, "reached": False, "step": None},
            "dialing, no answer reported so far",
        ),
        (
            {"phase": "in_progress", "outcome": None, "step": "call.gathered"},
            "in_progress, answered, step call.gathered",
        ),
        ({"answer_proofs": ["call.answered"]}, "ended (completed), answered (call.answered), step call.gathered"),
        (
            {"answer_proofs": ["call.gathered", "recording.started"], "person_proofs": []},
            "ended (completed), answered (call.gathered, recording.started), step call.gathered",
        ),
        (
            {"answer_proofs": ["call.gathered"], "person_proofs": ["digits"]},
            "ended (completed), answered by a person (call.gathered; keys were pressed), step call.gathered",
        ),
    ],
)
def test_the_header_says_where_the_call_stands(changes: dict[str, Any], said: str) -> None:
    assert describe_call({**TIMELINE, "state": {**STATE, **changes}}).endswith(f": {said}")


def test_a_call_of_others_is_told_as_such() -> None:
    assert describe_call({**TIMELINE, "campaign_id": None}).startswith("call_123 not placed by Dialtrail: ended")


def test_a_timeline_of_the_past_in_another_zone(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/call_123/timeline?as_of=2026-05-29T12%3A00%3A04.500000Z", TIMELINE)

    words = ("timeline", "call_123", "--as-of", "2026-05-29T14:00:04.5", "--tz", "Europe/Berlin")
    code, data, talk = dialtrail(*words)

    assert (code, talk) == (0, "")
    assert data.splitlines()[2:] == [
        "happened                          learned                           event          source     times  notes                     detail",
        "2026-05-29T14:00:03.000000+02:00  2026-05-29T14:00:04.123456+02:00  call.answered  webhook        2  out_of_order redelivered  timed_out=false digits=5",
        '-                                 2026-05-29T14:00:01.000000+02:00  call.claimed   dialtrail      1                            {"deep":{"er":1}}',
        "",
        "as of position 9",
    ]


def test_on_a_terminal_a_timeline_is_narrow_and_its_notes_are_coloured(api: FakeApi) -> None:
    notes = ["late", "contradicts", "new_word"]
    (first, second) = TIMELINE["entries"]
    found = {**TIMELINE, "entries": [{**first, "notes": notes}, second]}
    api.answers("GET", "/v1/calls/call_123/timeline", found)

    shown = on_a_terminal(api.url, 150, "timeline", "call_123", "--tz", "Europe/Berlin")

    assert "\x1b[33mlate\x1b[0m \x1b[1;31mcontradicts\x1b[0m \x1b[1mnew_word\x1b[0m" in shown
    assert [line.rstrip() for line in without_colours(shown).splitlines()] == [
        "call_123 to +15551230002 in spring_followup: ended (completed), answered, step call.gathered",
        "on 2026-05-29, Europe/Berlin",
        "happened         learned          event          source     times  notes                      detail",
        "14:00:03.000000  14:00:04.123456  call.answered  webhook        2  late contradicts new_word  timed_out=false digits=5",
        '-                14:00:01.000000  call.claimed   dialtrail      1                             {"deep": {"er": 1}}',
    ]


def test_events_come_page_by_page_all_of_one_moment(dialtrail: Run, api: FakeApi) -> None:
    path = "/v1/calls/call_123/events"
    api.answers("GET", f"{path}?limit=1000", {"items": [{"n": 1}], "next": "7", "position": 9})
    api.answers("GET", f"{path}?limit=1000&as_of=9&after=7", {"items": [{"n": 2}], "next": None, "position": 9})

    said = (0, '{"items":[{"n":1},{"n":2}],"next":null,"position":9}\n', "")
    assert dialtrail("events", "call_123", "--json") == said


def test_so_many_events_after_a_position(dialtrail: Run, api: FakeApi) -> None:
    event = {"position": 12, "event": "call.created", "stream": "s", "recorded_at": "2026-05-29T12:00:01Z", "body": {}}
    target = "/v1/calls/call_123/events?limit=1&as_of=40&after=7"
    api.answers("GET", target, {"items": [event], "next": "12", "position": 40})

    code, data, talk = dialtrail("events", "call_123", "--after", "7", "--limit", "1", "--as-of", "40", "--tz", "UTC")

    assert (code, talk) == (0, "there are more: dialtrail events call_123 --after 12\n")
    assert data.splitlines()[1:] == ["      12  2026-05-29T12:00:01Z  call.created  s       {}"]


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


def test_where_a_row_does_not_fit_it_is_stacked_and_nothing_is_lost(api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/call_123/timeline", TIMELINE)

    shown = without_colours(on_a_terminal(api.url, 80, "timeline", "call_123"))

    assert shown.splitlines() == [
        "call_123 to +15551230002 in spring_followup: ended (completed), answered, step",
        "call.gathered",
        "on 2026-05-29, UTC",
        "12:00:03.000000  call.answered",
        "    learned 12:00:04.123456  source webhook  times 2",
        "    notes out_of_order redelivered  detail timed_out=false digits=5",
        "-                call.claimed",
        "    learned 12:00:01.000000  source dialtrail  times 1",
        '    detail {"deep": {"er": 1}}',
    ]
