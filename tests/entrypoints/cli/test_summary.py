from typing import Any

import pytest

from entrypoints.cli.summary import share, sparkline
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

PATH = "/v1/campaigns/spring_followup"
SUMMARY: dict[str, Any] = {
    "enrolled": 32,
    "dialled": 24,
    "reached": 20,
    "attempts": {
        "started": 0,
        "accepted": 24,
        "refused": 3,
        "abandoned": 0,
        "unresolved": 2,
        "settled_without_call": 1,
    },
    "codes": {"originate_failed": 1, "insufficient_balance": 2, "cps_limit_reached": 1},
    "calls": {
        "completed": {"calls": 21, "measured": 20, "seconds_total": 630, "seconds_max": 61.25, "seconds_mean": 31.5},
        "failed": {"calls": 2, "measured": 0, "seconds_total": 0, "seconds_max": 0, "seconds_mean": None},
        "canceled": {"calls": 0, "measured": 0, "seconds_total": 0, "seconds_max": 0, "seconds_mean": None},
        "open": {"calls": 1, "measured": 0, "seconds_total": 0, "seconds_max": 0, "seconds_mean": None},
    },
    "pace": [
        {"minute": "2026-05-29T11:03:00.000000Z", "sent": 8, "answered": 1, "ended": 0},
        {"minute": "2026-05-29T12:00:00.000000Z", "sent": 4, "answered": 0, "ended": 0},
        {"minute": "2026-05-29T12:01:00.000000Z", "sent": 1, "answered": 3, "ended": 2},
    ],
}
FOUND: dict[str, Any] = {**CAMPAIGN, "judged_at": "2026-05-29T12:02:30.000000Z", "summary": SUMMARY}
NO_ATTEMPT: dict[str, Any] = {
    "enrolled": 0,
    "dialled": 0,
    "reached": 0,
    "attempts": dict.fromkeys(SUMMARY["attempts"], 0),
    "codes": {},
    "calls": {},
    "pace": [],
}
TABLES = [
    "spring_followup: running",
    "",
    "recipients  count  share",
    "queued         12  37.5%",
    "reached        20  62.5%",
    "all            32",
    "",
    "funnel    recipients  of enrolled  of those before",
    "enrolled          32       100.0%",
    "dialled           24        75.0%            75.0%",
    "reached           20        62.5%            83.3%",
    "",
    "attempts              count  share",
    "accepted                 24  80.0%",
    "refused                   3  10.0%",
    "unresolved                2   6.7%",
    "settled without call      1   3.3%",
    "all                      30",
    "",
    "error code            attempts",
    "insufficient_balance         2",
    "cps_limit_reached            1",
    "originate_failed             1",
    "",
    "calls      count  share  seconds on average  seconds at most",
    "open           1   4.2%                   -                -",
    "completed     21  87.5%                31.5             61.2",
    "failed         2   8.3%                   -                -",
    "",
    "a minute  last  mean of 10  most  60 minutes until {until}",
    "sent         1         0.5     8  ·█························································▄▁",
    "answered     3         0.3     3  ·▃·························································█",
    "ended        2         0.2     2  ···························································█",
    "",
    "as of position 1234, judged at {judged_at}",
]


def tables(until: str, judged_at: str) -> list[str]:
    return [line.format(until=until, judged_at=judged_at) for line in TABLES]


def test_a_campaign_is_summed_up_uncut_off_a_terminal(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, FOUND)

    code, data, talk = dialtrail("status", "spring_followup")

    assert (code, talk) == (0, "")
    assert data.splitlines() == tables("2026-05-29T12:02:00Z", "2026-05-29T12:02:30.000000Z")


def test_on_a_terminal_it_is_the_same_in_the_zone_of_the_person_and_in_colour(api: FakeApi) -> None:
    api.answers("GET", PATH, FOUND)

    shown = on_a_terminal(api.url, 110, "status", "spring_followup", "--tz", "Europe/Berlin")

    assert [line.rstrip() for line in without_colours(shown).splitlines()] == tables(
        "2026-05-29T14:02:00.000000+02:00", "2026-05-29T14:02:30.000000+02:00"
    )
    assert "\x1b[31mrefused" in shown


def test_where_nothing_was_tried_only_the_funnel_is_left(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, {**FOUND, "recipients": {}, "summary": NO_ATTEMPT})

    assert dialtrail("status", "spring_followup").data.splitlines()[2:] == [
        "recipients  count  share",
        "all             0",
        "",
        "funnel    recipients  of enrolled  of those before",
        "enrolled           0",
        "dialled            0",
        "reached            0",
        "",
        "as of position 1234, judged at 2026-05-29T12:02:30.000000Z",
    ]


def test_names_that_this_version_does_not_know_are_shown_too(dialtrail: Run, api: FakeApi) -> None:
    calls = {"asleep": {"calls": 1, "measured": 1, "seconds_total": 2, "seconds_max": 2, "seconds_mean": 2}}
    api.answers("GET", PATH, {**FOUND, "summary": {**NO_ATTEMPT, "attempts": {"parked": 1}, "calls": calls}})

    data = dialtrail("status", "spring_followup").data

    assert "\nparked        1  100.0%\nall           1\n" in data
    assert "\nasleep      1  100.0%                 2.0              2.0\n" in data


@pytest.mark.parametrize(
    ("values", "line"), [([], ""), ([0, 0], "··"), ([1], "█"), ([1, 8, 16, 15], "▁▄██"), ([1, 1000], "▁█")]
)
def test_a_sparkline_ends_at_its_greatest(values: list[int], line: str) -> None:
    assert sparkline(values) == line


def test_a_share_of_nothing_is_nothing() -> None:
    assert (share(0, 0), share(1, 3), share(3, 3)) == ("", "33.3%", "100.0%")
