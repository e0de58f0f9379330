import json
from typing import Any, get_args

from domain.call.facts import OUTCOMES as ALL_OUTCOMES
from domain.call.state import Phase as AnyPhase
from entrypoints.cli.call_list import ANOMALIES, OUTCOMES, PHASES
from projections.call_index import ANOMALIES as ALL_ANOMALIES
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

CALL: dict[str, Any] = {
    "call_id": "call_1",
    "campaign_id": "spring_followup",
    "number": "+15551230002",
    "direction": "outbound",
    "phase": "ended",
    "outcome": "completed",
    "plain_outcome": "answered",
    "talk_seconds": 28.5,
    "reached": True,
    "step": "call.completed",
    "created_at": "2026-05-29T12:00:00.000000Z",
    "answered_at": None,
    "ended_at": "2026-05-29T12:00:30.000000Z",
    "heard_at": "2026-05-29T12:00:31.000000Z",
    "anomalies": ["late", "redelivered"],
}
OPEN = {
    **CALL,
    "call_id": "call_2",
    "campaign_id": None,
    "phase": "dialing",
    "outcome": None,
    "plain_outcome": "ringing",
    "talk_seconds": None,
    "reached": False,
    "created_at": None,
    "ended_at": None,
    "anomalies": [],
}


def test_each_call_is_a_line(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls?limit=50", {"items": [CALL, OPEN], "next": None, "position": 9})

    code, data, talk = dialtrail("calls", "list")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "call    campaign         number        came to   talk  outcome    created                      ended                        anomalies",
        "call_1  spring_followup  +15551230002  answered  28.5  completed  2026-05-29T12:00:00.000000Z  2026-05-29T12:00:30.000000Z  late redelivered",
        "call_2                   +15551230002  ringing         open       2026-05-29T12:00:31.000000Z",
    ]


def test_no_more_than_asked_for_come_and_where_to_go_on_is_said(dialtrail: Run, api: FakeApi) -> None:
    filters = "campaign=spring_followup&phase=ended&outcome=completed&anomaly=late"
    api.answers("GET", f"/v1/calls?limit=1&{filters}&after=3", {"items": [CALL], "next": "7", "position": 9})

    words = ("--campaign", "spring_followup", "--phase", "ended", "--outcome", "completed", "--anomaly", "late")
    code, data, talk = dialtrail("calls", "list", *words, "--after", "3", "--limit", "1", "--json")

    assert (code, json.loads(data)) == (0, {"items": [CALL], "next": "7", "position": 9})
    assert talk == f"there are more: dialtrail calls list {' '.join(words)} --after 7\n"


def test_a_persons_calls_of_a_day_are_asked_for_in_the_readers_zone(dialtrail: Run, api: FakeApi) -> None:
    asked = "number=%2B15551230002&answered=false&since=2026-05-25T22%3A00%3A00.000000Z&until=1200"
    api.answers("GET", f"/v1/calls?limit=1&{asked}", {"items": [CALL], "next": "7", "position": 9})

    words = ("--number", "+15551230002", "--unanswered", "--until", "1200")
    code, _, talk = dialtrail(
        *("calls", "list", *words, "--since", "2026-05-26T00:00", "--tz", "Europe/Berlin", "--limit", "1", "--json")
    )

    assert (code, talk.count("\n")) == (0, 1)
    assert "--number +15551230002 --unanswered --since 2026-05-25T22:00:00.000000Z --until 1200 --after 7" in talk


def test_the_newest_come_first_where_that_is_asked_for(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls?limit=1&order=newest", {"items": [CALL], "next": "7", "position": 9})
    api.answers("GET", "/v1/calls?limit=1&order=newest&after=7", {"items": [], "next": None, "position": 9})

    code, data, talk = dialtrail("calls", "list", "--newest", "--limit", "1", "--json")

    assert (code, json.loads(data)["items"]) == (0, [CALL])
    assert talk == "there are more: dialtrail calls list --newest --after 7\n"
    assert dialtrail("calls", "list", "--newest", "--after", "7", "--limit", "1") == (0, "", "no call yet\n")


def test_a_time_that_is_none_is_refused_by_its_option(dialtrail: Run, api: FakeApi) -> None:
    code, _, talk = dialtrail("calls", "list", "--since", "tuesday")

    assert code == 2
    assert "--since" in talk


def test_of_many_as_many_pages_are_read_as_it_takes(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls?limit=1000", {"items": [CALL] * 1000, "next": "7", "position": 9})
    api.answers("GET", "/v1/calls?limit=200&after=7", {"items": [CALL] * 150, "next": "8", "position": 9})
    api.answers("GET", "/v1/calls?limit=50&after=8", {"items": [CALL], "next": None, "position": 10})

    code, data, talk = dialtrail("calls", "list", "--limit", "1200", "--json")

    assert (code, talk, len(json.loads(data)["items"])) == (0, "", 1151)


def test_none_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls?limit=50", {"items": [], "next": None, "position": 0})
    api.answers("GET", "/v1/calls?limit=50&phase=ended", {"items": [], "next": None, "position": 0})

    assert dialtrail("calls", "list") == (0, "", "no call yet\n")
    assert dialtrail("calls", "list", "--phase", "ended") == (0, "", "no call is like that\n")


def test_at_80_columns_a_call_is_stacked(api: FakeApi) -> None:
    api.answers("GET", "/v1/calls?limit=50", {"items": [OPEN, CALL], "next": None, "position": 9})

    assert without_colours(on_a_terminal(api.url, 80, "calls", "list")).splitlines() == [
        "call_2  ringing",
        "    number +15551230002  outcome open  created 2026-05-29T12:00:31.000000Z",
        "call_1  answered  28.5",
        "    campaign spring_followup  number +15551230002  outcome completed",
        "    created 2026-05-29T12:00:00.000000Z  ended 2026-05-29T12:00:30.000000Z",
        "    anomalies late redelivered",
    ]


def test_what_a_shell_offers_are_all_words_that_the_api_takes() -> None:
    assert set(PHASES) == set(get_args(AnyPhase))
    assert set(OUTCOMES) == set(ALL_OUTCOMES)
    assert set(ANOMALIES) == set(ALL_ANOMALIES)
