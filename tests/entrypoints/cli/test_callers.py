"""`dialtrail campaign callers` and `remove-caller`."""

from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/campaigns/spring_followup/callers"


def item(number: str, state: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "state": state, "calls_today": 3, "removed_at": None, "cause": None, "code": None, **more}


FOUND = {
    "campaign_id": "spring_followup",
    "choose": "round",
    "calls_a_day_max": 200,
    "day": "2026-05-29",
    "zone": "UTC",
    "items": [
        item("+15551230001", "in_use"),
        item("+15551230003", "removed", cause="operator", reason="blocked", removed_at="2026-05-29T12:00:00.000000Z"),
    ],
    "position": 20,
}


def test_they_are_listed(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, FOUND)
    code, data, talk = dialtrail("campaign", "callers", "spring_followup")
    assert (code, talk) == (0, "")
    assert [line.split("\t") if "\t" in line else line.split() for line in data.splitlines()][1][:3] == [
        "+15551230001",
        "in",
        "use",
    ]
    assert data.splitlines()[-1] == "calls on 2026-05-29 (UTC): at most 200 from each; chosen by round"


def test_one_is_taken_out_with_a_reason(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", f"{PATH}/+15551230003/remove", FOUND)
    words = ("campaign", "remove-caller", "spring_followup", "+15551230003", "--reason", "blocked", "--json")
    code, data, _ = dialtrail(*words)
    assert (code, '"removed"' in data) == (0, True)
