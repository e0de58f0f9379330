from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.entrypoints.serving import (
    AUDITOR,
    FROM,
    NOON,
    OPERATOR,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    play,
    problem,
)

PATH = "/v1/campaigns/spring_followup"
POLICY = {"only": [TO], "attempts_max": 2}


async def lived_through(stage: Serving) -> None:
    """A campaign that was created, started with a canary, revised, paused, resumed and revised again, ten seconds after each other."""
    stage.client.headers.update(OPERATOR)
    asked: list[tuple[str, Mapping[str, Any] | None]] = [
        ("/v1/campaigns", {"id": "spring_followup", "from": FROM, "policy": POLICY}),
        (f"{PATH}/start", {"canary": 5}),
        (f"{PATH}/revise", {"reason": "too slow", "limits": {"calls_per_second": 2}, "policy": {"only": [TO]}}),
        (f"{PATH}/pause", None),
        (f"{PATH}/resume", None),
        (f"{PATH}/revise", {"reason": "too fast", "limits": {"calls_per_second": 1.5}}),
    ]
    for nth, (path, body) in enumerate(asked):
        stage.clock.now = NOON + timedelta(seconds=10 * nth)
        assert (await stage.client.post(path, json=body)).is_success, path
    await stage.campaign(TO, campaign_id="autumn")


def entry(nth: int, event: str, **more: Any) -> dict[str, Any]:
    """The so-manieth event, each at a position of its own from 1 on."""
    about = {"position": nth + 1, "event": f"campaign.{event}", "recorded_at": at(10 * nth), "actor": "operator:olga"}
    return {**about, "reason": None, "changes": None, "details": {}, **more}


ENTRIES = [
    entry(
        0,
        "created",
        changes=[
            {"field": "policy.answer_grace_seconds", "before": 0, "after": None},
            {"field": "policy.attempts_max", "before": None, "after": 2},
            {"field": "policy.only", "before": None, "after": [TO]},
        ],
    ),
    entry(1, "started", details={"canary": 5}),
    entry(
        2,
        "revised",
        reason="too slow",
        changes=[
            {"field": "limits.calls_per_second", "before": 1.0, "after": 2.0},
            {"field": "policy.attempts_max", "before": 2, "after": None},
        ],
    ),
    entry(3, "paused", details={"cause": "operator"}),
    entry(4, "resumed"),
    entry(
        5,
        "revised",
        reason="too fast",
        changes=[{"field": "limits.calls_per_second", "before": 2.0, "after": 1.5}],
    ),
]


def test_it_tells_who_did_what_to_a_campaign_when_and_why_with_each_field_that_changed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await lived_through(stage)
        answer = await stage.json(f"{PATH}/history", AUDITOR)
        assert answer == {"items": ENTRIES, "next": None, "position": stage.ledger.position}
        found: list[Any] = []
        after: str | None = "0"
        while after is not None:
            page = await stage.json(f"{PATH}/history?limit=2&after={after}")
            assert len(page["items"]) <= 2
            found += page["items"]
            after = page["next"]
        assert found == ENTRIES

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_of_a_past_moment_it_tells_what_had_happened_by_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await lived_through(stage)
        for moment in (at(29), "3"):
            assert await stage.json(f"{PATH}/history?as_of={moment}") == {
                "items": ENTRIES[:3],
                "next": None,
                "position": 3,
            }
        detail = "no campaign is named spring_followup; `dialtrail campaign list` shows those there are"
        missing = problem("not-found", 404, "Nothing is known under that name", detail)
        assert_problem(await stage.client.get(f"{PATH}/history?as_of=0"), missing)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_viewers_may_not_read_it_and_an_unknown_campaign_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await lived_through(stage)
        assert (await stage.client.get(f"{PATH}/history", headers=VIEWER)).status_code == 403
        detail = "no campaign is named winter; `dialtrail campaign list` shows those there are"
        missing = problem("not-found", 404, "Nothing is known under that name", detail)
        assert_problem(await stage.client.get("/v1/campaigns/winter/history"), missing)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
