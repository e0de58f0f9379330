from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from projections import prospects
from tests.entrypoints.serving import (
    FROM,
    NOON,
    OPERATOR,
    OTHER,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    invalid,
    payload,
    play,
    problem,
)
from tests.entrypoints.shared_stage import Play, shared_by_module

PATH = "/v1/campaigns/spring_followup"
BERLIN, NEW_YORK, NOWHERE = "+4930123456", "+12125550100", "+80012345678"
EVENING = {"hours": {"every_day": ["18:00-23:00"]}}
SIX_IN_BERLIN = "2026-05-29T16:00:00.000000Z"


async def created(stage: Serving, rows: list[dict[str, Any]], policy: dict[str, Any] | None = None) -> None:
    body = {"id": "spring_followup", "from": FROM, "policy": policy}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    given = {"import": "test", "recipients": rows}
    assert (await stage.client.post(f"{PATH}/recipients", json=given)).json()["rejected"] == 0


async def revised(stage: Serving, **body: Any) -> Any:
    answer = await stage.client.post(f"{PATH}/revise", json={"reason": "asked to", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def people(count: int, zone: str | None, begin: int = 0) -> list[dict[str, Any]]:
    return [{"number": f"+1555200{begin + n:04}", "zone": zone} for n in range(count)]


def side(forecast: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return forecast["queued"], forecast["held"], forecast["under_way"], forecast["final"]


CHANGES_TO_THE_EVENING: list[dict[str, Any]] = [
    {"field": "limits.calls_at_once", "before": 10, "after": 4},
    {"field": "policy.answer_grace_seconds", "before": 0, "after": None},
    {
        "field": "policy.hours",
        "before": None,
        "after": {
            day: ["18:00-23:00"]
            for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        },
    },
]


FORECAST_OF_THE_EVENING = {
    "recipients": 6,
    "not_judged": 0,
    "before": {"queued": 6, "held": 0, "under_way": 0, "final": 0, "held_by": []},
    "after": {
        "queued": 0,
        "held": 6,
        "under_way": 0,
        "final": 0,
        "held_by": [
            {"reason": "outside_hours", "until": SIX_IN_BERLIN, "recipients": 5},
            {"reason": "zone_unknown", "until": None, "recipients": 1},
        ],
    },
    "moves": [
        {
            "from": {"status": "queued", "reason": None},
            "to": {"status": "held", "reason": "outside_hours"},
            "until": SIX_IN_BERLIN,
            "recipients": 5,
        },
        {
            "from": {"status": "queued", "reason": None},
            "to": {"status": "held", "reason": "zone_unknown"},
            "until": None,
            "recipients": 1,
        },
    ],
}


def test_a_preview_says_who_would_be_held_until_when_and_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, people(3, "Europe/Berlin") + people(2, "America/New_York", 3) + people(1, None, 5))
        before = stage.feed()
        answer = await revised(stage, policy=EVENING, limits={"calls_at_once": 4}, preview=True)
        assert answer == {
            "campaign_id": "spring_followup",
            "preview": True,
            "reason": "asked to",
            "changes": CHANGES_TO_THE_EVENING,
            "forecast": FORECAST_OF_THE_EVENING,
            "campaign": None,
            "position": stage.ledger.position,
            "judged_at": at(0),
        }
        assert stage.feed() == before

    play(tmp_path, scene)


def test_a_running_campaign_is_revised_with_author_and_reason_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await created(stage, people(1, None), {"attempts_max": 3})
        assert (await stage.client.post(f"{PATH}/start")).status_code == 200
        answer = await revised(stage, limits={"calls_per_second": 2.5}, metadata={"team": "red"}, id="spring_followup")
        assert answer["forecast"] is None
        assert answer["changes"] == [
            {"field": "metadata", "before": {}, "after": {"team": "red"}},
            {"field": "limits.calls_per_second", "before": 1.0, "after": 2.5},
        ]
        shown = answer["campaign"]
        assert shown["state"] == "running"
        assert shown["limits"] == {"calls_per_second": 2.5, "calls_at_once": 10}
        assert (shown["metadata"], shown["policy"]) == ({"team": "red"}, {"attempts_max": 3})
        last = stage.feed()[-1]
        assert (last.name, last.position, last.metadata["actor"]) == (
            "campaign.revised",
            answer["position"],
            "operator:olga",
        )
        assert last.event.reason == "asked to"  # type: ignore[union-attr]
        again = await revised(stage, limits={"calls_per_second": 2.5})
        assert (again["changes"], again["position"]) == ([], answer["position"])
        assert (await revised(stage, policy=None))["campaign"]["policy"] is None

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


asking = shared_by_module(lambda stage: created(stage, []))


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"id": "autumn"}, "id", "may not change, it is spring_followup; make a new campaign for another one"),
        ({"from": OTHER}, "from", f"may not change, it is {FROM}; make a new campaign for another one"),
        ({"reason": ""}, "reason", "string should have at least 1 character"),
        ({"reason": None}, "reason", "input should be a valid string"),
        ({"script": {}}, "script.start", "is missing"),
        ({"limits": {"calls_at_once": 0}}, "limits.calls_at_once", "input should be greater than or equal to 1"),
        ({"metadata": {"attempt_id": "x"}}, "metadata.attempt_id", "is ours, another for each call; leave it out"),
        (
            {"metadata": {"campaign_id": "x"}},
            "metadata.campaign_id",
            "is ours and must equal the campaign's id; leave it out",
        ),
        (
            {"policy": {"ramp": {"calls_per_second_start": 2, "seconds": 9}}},
            "policy.ramp.calls_per_second_start",
            "must not be more than limits.calls_per_second",
        ),
    ],
)
@pytest.mark.parametrize("preview", [True, False])
def test_what_may_not_change_or_does_not_fit_is_refused_by_name(
    asking: Play, body: dict[str, Any], field: str, message: str, preview: bool
) -> None:
    async def scene(stage: Serving) -> None:
        before = stage.feed()
        given = {"reason": "asked to", "preview": preview, **body}
        assert_problem(await stage.client.post(f"{PATH}/revise", json=given), invalid(field, message))
        assert stage.feed() == before

    asking(scene)


def test_an_ended_campaign_keeps_its_plan_and_viewers_may_not_revise(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await created(stage, [])
        assert (await stage.client.post(f"{PATH}/cancel")).status_code == 200
        detail = "campaign spring_followup is canceled; its plan cannot be revised"
        for preview in (True, False):
            body = {"reason": "why not", "preview": preview, "record": True}
            answer = await stage.client.post(f"{PATH}/revise", json=body)
            assert_problem(answer, problem("conflict", 409, "Not possible in the present state", detail))
            refused = await stage.client.post(f"{PATH}/revise", json=body, headers=VIEWER)
            assert refused.status_code == 403

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


async def with_a_past(stage: Serving) -> None:
    """Somebody of every kind: untouched, reached, not reached, refused a second time, suppressed, in another campaign's call."""
    policy = {"attempts_max": 2, "retry": {"not_reached": {"after_seconds": 3_600}}}
    await created(stage, people(4, "Europe/Berlin") + people(4, "America/New_York", 4) + people(2, None, 8), policy)
    await stage.client.post(f"{PATH}/start")
    await stage.dial("+15552000000", "call_reached")
    await stage.deliver(payload("call.answered", "call_reached", 1, to="+15552000000"))
    await stage.deliver(payload("call.completed", "call_reached", 2, to="+15552000000"))
    for place in (1, 4):
        await stage.dial(f"+1555200000{place}", f"call_{place}")
        await stage.deliver(payload("call.completed", f"call_{place}", 3, to=f"+1555200000{place}"))
    await stage.dial("+15552000005", "call_open")
    for number, until in (("+15552000006", None), ("+15552000007", at(1_000))):
        given = {"number": number, "source": "letter", "expires_at": until}
        assert (await stage.client.post("/v1/suppressions", json=given)).status_code == 201
    await stage.campaign("+15552000002", campaign_id="autumn")
    await stage.dial("+15552000002", "call_autumn", "autumn")


REVISIONS: list[dict[str, Any]] = [
    {"policy": EVENING},
    {"policy": {**EVENING, "default_zone": "Europe/Berlin"}},
    {"policy": {"only": ["+15552000001", "+15552000003", "+15552000009", TO]}},
    {"policy": {"attempts_max": 1}},
    {"policy": {"attempts_max": 3, "retry": {"not_reached": {"after_seconds": 10}}}},
    {"policy": {"attempts_max": 5, "caps": [{"attempts_max": 1, "period_hours": 5}], "retry": {}}},
    {"policy": {"attempts_max": 5, "conversation_gaps": [{"hours": 5}]}},
    {"policy": {"ends_at": "2026-05-29T11:00:00Z"}},
    {"policy": {"excluded_dates": ["2026-05-29"]}},
    {"policy": None},
    {"record": True},
]


@pytest.mark.parametrize("revision", REVISIONS, ids=str)
@pytest.mark.parametrize("only_numbers", [None, "+15552000001,+15552000003,+15552000005,+15552000008"])
def test_what_is_foreseen_is_what_is_then_counted(
    tmp_path: Path, revision: dict[str, Any], only_numbers: str | None
) -> None:
    async def scene(stage: Serving) -> None:
        await with_a_past(stage)
        forecast: dict[str, Any] = {}
        for seconds in (10, 2_000):
            stage.clock.now = NOON + timedelta(seconds=seconds)
            forecast = (await revised(stage, **revision, preview=True))["forecast"]
            assert side(forecast["before"]) == await counted(stage)
        await revised(stage, **revision)
        assert side(forecast["after"]) == await counted(stage)
        assert forecast["recipients"] == 10
        items = (await stage.json(f"{PATH}/recipients?status=held"))["items"]
        reasons = [item["reason"] for item in items]
        assert {one["reason"]: one["recipients"] for one in forecast["after"]["held_by"]} == {
            reason: reasons.count(reason) for reason in reasons
        }
        for one in forecast["after"]["held_by"]:
            ends = [item["until"] for item in items if item["reason"] == one["reason"] and item["until"] is not None]
            assert one["until"] == min(ends, default=None)

    environ = {} if only_numbers is None else {"DIALTRAIL_ONLY_NUMBERS": only_numbers}
    play(tmp_path, scene, **environ)


async def counted(stage: Serving) -> tuple[int, int, int, int]:
    counts = (await stage.json(PATH))["recipients"]
    under_way = counts["dialing"] + counts["in_progress"] + counts["unresolved"]
    return (
        counts["queued"],
        counts["held"],
        under_way,
        sum(counts.values()) - counts["queued"] - counts["held"] - under_way,
    )


def test_before_its_start_everybody_waits_for_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, people(3, "Europe/Berlin"))
        starts_at = "2026-05-30T08:00:00Z"
        forecast = (await revised(stage, policy={"starts_at": starts_at}, preview=True))["forecast"]
        until = "2026-05-30T08:00:00.000000Z"
        assert forecast["after"]["held_by"] == [{"reason": "not_started_yet", "until": until, "recipients": 3}]

    play(tmp_path, scene)


def test_of_more_people_with_attempts_than_are_judged_the_rest_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prospects.Forecast.__init__, "__defaults__", (2,))

    async def scene(stage: Serving) -> None:
        await with_a_past(stage)
        forecast = (await revised(stage, record=True, preview=True))["forecast"]
        assert (forecast["recipients"], forecast["not_judged"], sum(side(forecast["after"]))) == (10, 3, 7)
        look = await stage.json(f"{PATH}/preflight")
        assert (look["recipients"], look["not_judged"]) == (10, 3)
        assert "not_judged" in [one["about"] for one in look["warnings"]]

    play(tmp_path, scene)
