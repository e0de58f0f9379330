"""`dialtrail agents set` and `show`."""

from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/campaigns/spring_followup/agents"
FOUND: dict[str, Any] = {
    "applies": True,
    "free": 1,
    "agents": [{"name": "ada", "state": "free"}],
    "told_at": "2026-05-29T12:00:00.000000Z",
    "known_until": "2026-05-29T12:00:30.000000Z",
    "factor": 1.0,
    "calls_max": 1,
    "calls_under_way": 1,
    "holds": "agents_busy",
}


def test_names_are_told_and_what_follows_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("PUT", PATH, FOUND)
    code, data, _ = dialtrail("agents", "set", "spring_followup", "--free", "ada, bob", "--busy", "eve")
    assert code == 0
    assert data.splitlines() == [
        f"1 free, told {FOUND['told_at']}, believed until {FOUND['known_until']}; 1 of at most 1 calls under way (factor 1)",
        "ada: free",
        "nobody is called now: agents_busy",
    ]


def test_a_number_or_names_and_not_both(dialtrail: Run, api: FakeApi) -> None:
    api.answers("PUT", PATH, FOUND)
    assert dialtrail("agents", "set", "spring_followup", "3")[0] == 0
    assert dialtrail("agents", "set", "spring_followup")[0] == 2
    assert dialtrail("agents", "set", "spring_followup", "3", "--free", "ada")[0] == 2
