import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/campaigns/spring_followup/history"


def entry(position: int, event: str, **more: Any) -> dict[str, Any]:
    return {
        "position": position,
        "event": event,
        "recorded_at": f"2026-05-29T12:00:{position:02}.000000Z",
        "actor": "operator:olga",
        "reason": None,
        "changes": None,
        "details": {},
        **more,
    }


CREATED = entry(1, "campaign.created", changes=[{"field": "policy.attempts_max", "before": None, "after": 2}])
REVISED = entry(
    4,
    "campaign.revised",
    reason="asked to",
    changes=[{"field": "limits.calls_per_second", "before": 1.0, "after": 2.5}],
)
PAUSED = entry(9, "campaign.paused", actor=None, details={"cause": "canary", "evidence": {"reached": "2"}, "probes": 0})
PROBE = entry(10, "campaign.change_requested", details={"expires_at": "2026-06-05T12:00:00.000000Z", "canary": None})


def test_it_tells_who_did_what_when_and_why(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}?limit=1000", {"items": [CREATED, REVISED], "next": "4", "position": 20})
    api.answers("GET", f"{PATH}?limit=1000&after=4", {"items": [PAUSED, PROBE], "next": None, "position": 20})

    code, data, talk = dialtrail("campaign", "history", "spring_followup")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "1  2026-05-29T12:00:01.000000Z  campaign.created  by operator:olga",
        "    policy.attempts_max: (default) → 2",
        "4  2026-05-29T12:00:04.000000Z  campaign.revised  by operator:olga",
        "    reason: asked to",
        "    limits.calls_per_second: 1.0 → 2.5",
        "9  2026-05-29T12:00:09.000000Z  campaign.paused  by ?",
        "    cause: canary",
        '    evidence: {"reached":"2"}',
        "10  2026-05-29T12:00:10.000000Z  campaign.change_requested  by operator:olga",
        "    expires_at: 2026-06-05T12:00:00.000000Z",
        "as of position 20",
    ]


def test_a_past_moment_and_a_zone_can_be_asked_for(dialtrail: Run, api: FakeApi) -> None:
    page = {"items": [CREATED], "next": None, "position": 3}
    api.answers("GET", f"{PATH}?as_of=2026-05-29T10%3A00%3A00.000000Z&limit=1000", page)

    words = ("campaign", "history", "spring_followup", "--as-of", "2026-05-29T12:00", "--tz", "Europe/Berlin")
    assert dialtrail(*words).data.startswith("1  2026-05-29T14:00:01.000000+02:00  campaign.created  by ")


def test_json_has_all_pages(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}?limit=1000", {"items": [CREATED], "next": "1", "position": 3})
    api.answers("GET", f"{PATH}?limit=1000&after=1", {"items": [REVISED], "next": None, "position": 4})

    code, data, talk = dialtrail("campaign", "history", "spring_followup", "--json")

    assert (code, talk) == (0, "")
    assert json.loads(data) == {"items": [CREATED, REVISED], "next": None, "position": 4}
