import json
from typing import Any, get_args

import pytest

from application.preflight.figures import LimitedBy
from entrypoints.cli.preflight_report import LIMITS, ZONES_SHOWN_MAX, in_words
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

PATH = "/v1/campaigns/spring_followup"
WARNED = {"about": "no_webhook_secret", "says": "MINIVOICE_WEBHOOK_SECRET is not set; set it"}
FOUND: dict[str, Any] = {
    "campaign_id": "spring_followup",
    "position": 1234,
    "judged_at": "2026-05-29T12:00:00.000000Z",
    "state": "created",
    "recipients": 1_000,
    "callable_now": 873,
    "later_today": 61,
    "later": 0,
    "suppressed": 40,
    "capped": {"conversation_gap": 2, "person_cap": 10},
    "not_dialable": {"refused": 5, "zone_unknown": 9},
    "under_way": 0,
    "done": 0,
    "not_judged": 0,
    "repeated": 5,
    "estimate": {
        "to_call": 934,
        "calls_per_second": 0.25,
        "limited_by": "calls_at_once",
        "call_seconds": 40.0,
        "seen_calls": 0,
        "seconds": 3736.0,
        "ends_at": "2026-05-29T18:30:00.000000Z",
        "zones": [
            {"zone_key": "", "people": 1, "ends_at": None},
            {"zone_key": "America/New_York", "people": 61, "ends_at": "2026-05-29T18:30:00.000000Z"},
            {"zone_key": "Europe/Berlin", "people": 872, "ends_at": "2026-05-29T13:02:00.000000Z"},
        ],
    },
    "warnings": [WARNED],
}
SUM = "of 1,000: 873 callable now, 61 later today, 40 suppressed, 12 capped, 14 not dialable, 5 repeated"
DURATION = "1 h 2 min of dialling at 0.25 calls a second, by limits.calls_at_once; the last is called by "
SAID = "warning: no_webhook_secret: MINIVOICE_WEBHOOK_SECRET is not set; set it\n"


def test_it_sums_up_who_is_called_when_how_long_it_takes_and_what_to_look_at(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", FOUND)

    code, data, talk = dialtrail("campaign", "preflight", "spring_followup", "--tz", "Europe/Berlin")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        SUM,
        "capped: 2 conversation_gap, 10 person_cap",
        "not dialable: 5 refused, 9 zone_unknown",
        "repeated: they wait here, and in another campaign that runs, too",
        "",
        f"{DURATION}2026-05-29T20:30:00.000000+02:00",
        "a call is taken to last 40 s (assumed, until enough calls were seen)",
        "",
        "zone              to call  called by",
        "Europe/Berlin         872  2026-05-29T15:02:00.000000+02:00",
        "America/New_York       61  2026-05-29T20:30:00.000000+02:00",
        "unknown                 1  no time that can be said",
        "",
        SAID.rstrip(),
        "",
        "as of position 1234, judged at 2026-05-29T14:00:00.000000+02:00",
    ]


def test_wishes_the_clock_and_who_rings_back_are_beside_the_sum(dialtrail: Run, api: FakeApi) -> None:
    wished = {"open": 1_200, "overdue": 3, "outside_hours": 2, "given_up": 0, "after_end": 1, "looked_at": 1_000}
    at = "2026-05-30T10:00:00.000000Z"
    schedule = {"zone": "Europe/Berlin", "act": "pause", "at": at, "local": "2026-05-30T12:00"}
    inbound = {"heard": "safe_text", "opt_out": None}
    found = {**FOUND, "callbacks": wished, "schedule": schedule, "inbound": inbound}
    api.answers("GET", f"{PATH}/preflight", found)

    lines = dialtrail("campaign", "preflight", "spring_followup").data.splitlines()

    assert lines[4:7] == [
        "callbacks: 1,200 open, 3 overdue, 2 outside hours, 1 after end",
        f"schedule: the next is pause, at 2026-05-30T12:00 in Europe/Berlin ({at})",
        "who rings back hears the safe text, for there is no inbound script",
    ]


def test_what_there_is_none_of_is_left_out_but_for_what_is_always_asked(dialtrail: Run, api: FakeApi) -> None:
    nobody: dict[str, Any] = {"to_call": 0, "seconds": 0.0, "ends_at": None, "zones": []}
    none: dict[str, Any] = {name: 0 for name, value in FOUND.items() if isinstance(value, int)}
    found = {
        **FOUND,
        **none,
        "capped": {},
        "not_dialable": {},
        "warnings": [],
        "estimate": {**FOUND["estimate"], **nobody},
    }
    api.answers(
        "GET", f"{PATH}/preflight", {**found, "recipients": 7, "later": 1, "under_way": 2, "done": 3, "not_judged": 1}
    )

    said = (
        "of 7: 0 callable now, 0 later today, 1 later, 0 suppressed, 0 capped, 0 not dialable, 2 under way, 3 done, "
        "1 not judged, 0 repeated"
    )
    assert dialtrail("campaign", "preflight", "spring_followup").data.splitlines() == [
        said,
        "",
        "nobody is to be called",
        "",
        "as of position 0, judged at 2026-05-29T12:00:00.000000Z",
    ]


def test_of_very_many_zones_the_greatest_are_shown(dialtrail: Run, api: FakeApi) -> None:
    zones = [{"zone_key": f"Zone/{n:02}", "people": n, "ends_at": None} for n in range(1, ZONES_SHOWN_MAX + 3)]
    seen = {**FOUND["estimate"], "zones": zones, "seen_calls": 1_200}
    api.answers("GET", f"{PATH}/preflight", {**FOUND, "estimate": seen})

    data = dialtrail("campaign", "preflight", "spring_followup").data

    assert "a call is taken to last 40 s (the mean of 1,200 calls)\n" in data
    assert [line.split()[0] for line in data.splitlines() if line.startswith("Zone/")] == [
        f"Zone/{n:02}" for n in range(ZONES_SHOWN_MAX + 2, 2, -1)
    ]
    assert "and 2 more zones\n" in data


def test_json_is_what_the_api_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", FOUND)

    code, data, talk = dialtrail("campaign", "preflight", "spring_followup", "--json")

    assert (code, json.loads(data), data.count("\n"), talk) == (0, FOUND, 1, "")


def test_before_a_start_its_warnings_are_talk_and_it_starts(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", FOUND)
    api.answers("POST", f"{PATH}/start", CAMPAIGN)

    assert dialtrail("campaign", "start", "spring_followup") == (0, "spring_followup: running\n", SAID)
    asked = [(one.method, one.target, one.body) for one in api.asked]
    assert asked == [("GET", f"{PATH}/preflight", None), ("POST", f"{PATH}/start", None)]


def test_on_a_terminal_the_sum_comes_before_the_start_too(api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", FOUND)
    api.answers("POST", f"{PATH}/start", CAMPAIGN)

    shown = without_colours(on_a_terminal(api.url, 100, "campaign", "start", "spring_followup"))

    assert shown.splitlines() == [
        SUM,
        f"{DURATION}2026-05-29T18:30:00.000000Z",
        SAID.rstrip(),
        "spring_followup: running",
    ]


def test_json_of_a_start_keeps_the_warnings_out_of_the_data(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", FOUND)
    api.answers("POST", f"{PATH}/start", CAMPAIGN)

    code, data, talk = dialtrail("campaign", "start", "spring_followup", "--json")

    assert (code, json.loads(data), talk) == (0, CAMPAIGN, SAID)


def test_a_canary_goes_with_the_start(dialtrail: Run, api: FakeApi) -> None:
    note = "a canary: it pauses once 20 calls are over; 0 have begun"
    api.answers("GET", f"{PATH}/preflight", {**FOUND, "warnings": []})
    api.answers("POST", f"{PATH}/start", {**CAMPAIGN, "notes": [note]})

    started = dialtrail("campaign", "start", "spring_followup", "--canary", "20")

    assert started == (0, "spring_followup: running\n", f"{note}\n")
    assert api.asked[-1].body == {"canary": 20}
    assert dialtrail("campaign", "start", "spring_followup", "--canary", "0").code == 2


def test_what_was_said_before_the_start_is_not_said_again(dialtrail: Run, api: FakeApi) -> None:
    shared, other = "3 of those who wait are to be called by another campaign, too", "2 destinations are held"
    warned = [{"about": "shared_people", "says": shared}]
    api.answers("GET", f"{PATH}/preflight", {**FOUND, "warnings": warned})
    api.answers("POST", f"{PATH}/start", {**CAMPAIGN, "notes": [shared, other]})

    assert dialtrail("campaign", "start", "spring_followup").talk == f"warning: shared_people: {shared}\n{other}\n"


def test_a_campaign_that_runs_already_is_not_looked_at_once_more(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", {**FOUND, "state": "running"})
    api.answers("POST", f"{PATH}/start", CAMPAIGN)

    assert dialtrail("campaign", "start", "spring_followup").talk == ""


def test_where_it_cannot_be_looked_at_the_campaign_starts_all_the_same(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}/preflight", {"title": "Broken", "detail": "the views are broken"}, 500)
    api.answers("POST", f"{PATH}/start", CAMPAIGN)

    assert dialtrail("campaign", "start", "spring_followup") == (
        0,
        "spring_followup: running\n",
        "warning: what it will meet could not be looked at: the views are broken\n",
    )


def test_a_start_that_waits_for_a_second_person_says_so(dialtrail: Run, api: FakeApi) -> None:
    waits = {"campaign_id": "spring_followup", "change": {"change_id": "chg_1", "change": "start"}, "position": 9}
    api.answers("GET", f"{PATH}/preflight", {**FOUND, "warnings": []})
    api.answers("POST", f"{PATH}/start", waits, 202)

    assert dialtrail("campaign", "start", "spring_followup") == (
        0,
        "spring_followup: change chg_1 (start) waits for a second person's approval\n",
        "somebody else, with a token of their own: dialtrail campaign approve spring_followup chg_1\n",
    )
    assert json.loads(dialtrail("campaign", "start", "spring_followup", "--json").data) == waits


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than 1 s"),
        (0.4, "less than 1 s"),
        (59.6, "1 min"),
        (3_599, "59 min 59 s"),
        (15_000, "4 h 10 min"),
        (86_400, "1 d"),
        (90_061, "1 d 1 h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_every_limit_that_the_api_may_name_has_words() -> None:
    assert set(LIMITS) == set(get_args(LimitedBy))
