"""`dialtrail what-if`: steps added up, a table, and a policy from a file of its own or a campaign file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-29T12:00:00.000000Z"
PATH = "/v1/campaigns/spring_followup/what-if?limit=2000"
ITEM: dict[str, Any] = {
    "attempt_id": "att_1",
    "number": "+15551230002",
    "judged_at": AT,
    "rules": ["outside_hours"],
    "call_id": "call_1",
    "reached": True,
    "is_person_lost": True,
}


def step(recipients: int, hours: list[tuple[str, int, int, int, int]], following: str | None, **more: Any) -> Any:
    names = ("zone", "hour", "attempts", "not_allowed", "people_lost")
    found: dict[str, Any] = dict.fromkeys(
        ("unreadable", "not_by_policy", "other_rules", "other_rule_data", "reached", "reached_not_allowed"), 0
    )
    return {
        **found,
        "campaign_id": "spring_followup",
        "recipients": recipients,
        "people_called": 2,
        "people_reached": 2,
        "people_lost": 1,
        "people_lost_in_turn": 1,
        "attempts": 3,
        "not_allowed": 1,
        "not_allowed_in_turn": 1,
        "rules": 2,
        "rule_data": {"zones": "2026b", "holidays": "0.60", "numbers": "9.0", "persons": 2},
        "by_rule": [{"rule": "outside_hours", "attempts": 1, "alone": 1, "people_lost": 1}],
        "by_hour": [dict(zip(names, one, strict=True)) for one in hours],
        "items": [ITEM],
        "not_judged": ["budget"],
        "cannot_know": ["Calls that were never made."],
        "next": following,
        "position": 77,
    } | more


FIRST = step(2, [("Europe/Berlin", 14, 3, 1, 1)], "40")
SECOND = step(1, [("America/New_York", 8, 1, 0, 0), ("Europe/Berlin", 14, 2, 1, 1)], None, not_allowed_in_turn=0)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "stricter.toml"
    file.write_text('attempts_max = 2\nhours = {every_day = ["09:00-20:00"]}\n')
    return file


def test_the_steps_are_one_table_as_of_one_moment(dialtrail: Run, api: FakeApi, policy: Path) -> None:
    api.answers("POST", PATH, FIRST)
    api.answers("POST", f"{PATH}&after=40&as_of=77", SECOND)

    code, data, talk = dialtrail("what-if", "spring_followup", "--policy", str(policy))

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "6 attempts to 4 people: 2 would not have been allowed (33.3 %)",
        "4 people answered: 2 would have been lost (50.0 %)",
        "in turn, without the attempts that are not allowed: 1 not allowed, 2 lost",
        "",
        "stopped by     attempts  alone  people lost",
        "outside_hours         2      2            2",
        "",
        "zone           hour  attempts  not allowed  people lost",
        "Europe/Berlin  14           5            2            2",
        "",
        "number        at                           stopped by     what became of it  attempt",
        f"+15551230002  {AT}  outside_hours  answered: lost     att_1",
        f"+15551230002  {AT}  outside_hours  answered: lost     att_1",
        "",
        "judged by today's rules (2) and data (zones 2026b, holidays 0.60, numbers 9.0), as of position 77",
        "no verdict goes by: budget",
        "what this cannot know:",
        "  Calls that were never made.",
    ]
    assert api.asked[0].body == {"policy": {"attempts_max": 2, "hours": {"every_day": ["09:00-20:00"]}}}


def test_json_has_the_sums_of_all_steps(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("POST", f"{PATH}&as_of=70", FIRST)
    api.answers("POST", f"{PATH}&as_of=77&after=40", SECOND)
    campaign = tmp_path / "campaign.json"
    campaign.write_text('{"id": "spring", "from": "+15551230001", "policy": {"attempts_max": 1}}')

    code, data, _ = dialtrail("what-if", "spring_followup", "--policy", str(campaign), "--as-of", "70", "--json")

    found = json.loads(data)
    assert (code, found["recipients"], found["rules"], found["position"], found["next"]) == (0, 3, 2, 77, None)
    assert [one["zone"] for one in found["by_hour"]] == ["America/New_York", "Europe/Berlin"]
    assert api.asked[0].body == {"policy": {"attempts_max": 1}}


def test_what_is_wrong_in_the_file_is_named_with_its_line(dialtrail: Run, api: FakeApi, policy: Path) -> None:
    problem = {"title": "", "detail": "policy.attempts_max: must be at least 1", "field": "policy.attempts_max"}
    api.answers("POST", PATH, {"type": "urn:dialtrail:problem:invalid-input", **problem}, 400)

    code, _, talk = dialtrail("what-if", "spring_followup", "--policy", str(policy))

    assert (code, "stricter.toml, line 1: policy.attempts_max" in talk) == (2, True)
    assert dialtrail("what-if", "spring_followup", "--policy", str(policy.with_name("none.toml")))[0] == 2
