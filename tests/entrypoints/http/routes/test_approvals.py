"""Starts and revisions that take a second person, over HTTP."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from application.preflight.warnings import NO_SCRIPT_SAYS
from domain.campaign import CHANGE_WAITS_MAX
from tests.entrypoints.http.routes.approvals.asking import (
    LOOK,
    OLGA,
    OTTO,
    PATH,
    TWO,
    asked,
    assert_described,
    created,
    decided,
    state,
)
from tests.entrypoints.serving import AUDITOR, OTHER, TO, VIEWER, Serving, assert_problem, at, play, problem

WEEK_ON = CHANGE_WAITS_MAX.total_seconds()


OLGAS_START: dict[str, Any] = {
    "change": "start",
    "status": "pending",
    "requested_by": "olga",
    "requested_at": at(0),
    "expires_at": at(WEEK_ON),
    "reason": None,
    "canary": 5,
    "changes": [],
    "decided_by": None,
    "settled_at": None,
    "why": None,
}


def test_a_start_waits_until_a_second_person_approves_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, TO)
        waiting = await asked(stage, "start", OLGA, canary=5)
        change = {**OLGAS_START, "change_id": waiting["change"]["change_id"]}
        assert waiting == {
            "campaign_id": "spring_followup",
            "change": change,
            "replaces": None,
            "position": stage.ledger.position,
        }
        assert (await state(stage), stage.names()[-1]) == ("created", "campaign.change_requested")
        [note] = (await stage.json(PATH, VIEWER))["notes"]
        assert note == (
            f"a start waits for a second person until {at(WEEK_ON)}: olga asked for it; "
            f"`dialtrail campaign approve spring_followup {change['change_id']}`, or decline"
        )

        stage.clock.now += timedelta(seconds=60)
        answer = await decided(stage, change["change_id"], "approve", OTTO, reason="looks right")
        assert answer.status_code == 200, answer.text
        assert_described("/v1/campaigns/{id}/changes/{change_id}/approve", answer)
        approved = {**change, "status": "approved", "decided_by": "otto", "settled_at": at(60), "why": "looks right"}
        done = answer.json()
        assert (done["change"], done["position"]) == (approved, stage.ledger.position)
        assert (done["campaign"]["state"], await state(stage)) == ("running", "running")
        assert done["campaign"]["notes"][0] == NO_SCRIPT_SAYS
        assert [(one.name, one.metadata["actor"]) for one in stage.feed()[-3:]] == [
            ("campaign.change_requested", "operator:olga"),
            ("campaign.change_approved", "operator:otto"),
            ("campaign.started", "operator:otto"),
        ]
        assert stage.feed()[-1].recorded_at == stage.feed()[-2].recorded_at
        assert (await stage.json(f"{PATH}/changes", AUDITOR))["items"] == [approved]
        assert (await decided(stage, change["change_id"], "approve", OTTO)).json()["change"] == approved
        assert len(stage.feed()) == done["position"]

    play(tmp_path, scene, **TWO)


def test_a_revision_waits_too_also_the_one_that_would_do_without_approval(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        waiting = await asked(stage, "revise", OLGA, policy={"attempts_max": 3}, record=True, reason="alone is faster")
        assert waiting["change"]["changes"] == [
            {"field": "record", "before": False, "after": True},
            {"field": "policy.needs_approval", "before": True, "after": None},
            {"field": "policy.attempts_max", "before": None, "after": 3},
        ]
        assert (await stage.json(PATH, OLGA))["policy"] == {"needs_approval": True}
        answer = await decided(stage, waiting["change"]["change_id"], "approve", OTTO)
        assert answer.json()["campaign"]["policy"] == {"attempts_max": 3}
        assert [one.name for one in stage.feed()[-2:]] == ["campaign.change_approved", "campaign.revised"]
        assert stage.feed()[-1].event.reason == "alone is faster"  # type: ignore[union-attr]
        assert (await stage.client.post(f"{PATH}/start", headers=OLGA)).status_code == 200

    play(tmp_path, scene, **TWO)


def test_to_ask_for_approval_from_now_on_takes_nobody_else(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, policy={"needs_approval": False})
        careful = {"policy": {"needs_approval": True}, "reason": "be careful"}
        assert (await stage.client.post(f"{PATH}/revise", json=careful, headers=OLGA)).status_code == 200
        await asked(stage, "start", OLGA)

    play(tmp_path, scene, **TWO)


def test_a_preview_and_what_changes_nothing_ask_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        stored = stage.feed()
        for body in ({"record": True, "preview": True}, {"record": False}):
            answer = await stage.client.post(f"{PATH}/revise", json={"reason": "why", **body}, headers=OLGA)
            assert (answer.status_code, stage.feed()) == (200, stored)

    play(tmp_path, scene, **TWO)


def test_preflight_says_that_a_start_waits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        warned = {one["about"]: one["says"] for one in (await stage.json(f"{PATH}/preflight", VIEWER))["warnings"]}
        says = "policy.needs_approval: a start, and every revision, waits until a second person approves it"
        assert warned["needs_approval"] == says

    play(tmp_path, scene, **TWO)


def test_the_changes_are_paged_and_can_be_asked_for_as_of_a_past_moment(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        asked_for = [(await asked(stage, "start", OLGA, canary=count))["change"]["change_id"] for count in (1, 2, 3)]
        first = await stage.json(f"{PATH}/changes?limit=2", OLGA)
        rest = await stage.json(f"{PATH}/changes?limit=2&after={first['next']}", OLGA)
        assert [[one["change_id"] for one in page["items"]] for page in (first, rest)] == [asked_for[:2], asked_for[2:]]
        assert rest["next"] is None
        then = await stage.json(f"{PATH}/changes?as_of=2", OLGA)
        assert [(one["change_id"], one["status"]) for one in then["items"]] == [(asked_for[0], "pending")]
        assert (then["position"], then["next"]) == (2, None)

    play(tmp_path, scene, **TWO)


def test_viewers_see_neither_what_people_wrote_nor_numbers(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        only = {"policy": {"needs_approval": True, "only": [TO, OTHER]}, "reason": f"only {TO} for now"}
        change_id = (await asked(stage, "revise", OLGA, **only))["change"]["change_id"]
        assert (await decided(stage, change_id, "decline", OTTO, reason=f"not {OTHER}")).status_code == 200
        [seen] = (await stage.json(f"{PATH}/changes", AUDITOR))["items"]
        assert (seen["reason"], seen["why"]) == (f"only {TO} for now", f"not {OTHER}")
        assert seen["changes"] == [{"field": "policy.only", "before": None, "after": [TO, OTHER]}]
        [masked] = (await stage.json(f"{PATH}/changes", VIEWER))["items"]
        assert masked == {
            **seen,
            "reason": None,
            "why": None,
            "changes": [{"field": "policy.only", "before": None, "after": ["+15…02", "+15…03"]}],
        }

    play(tmp_path, scene, **TWO)


def test_what_there_is_not_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        unknown = f"no change of campaign spring_followup is named nothing; {LOOK}"
        for verb in ("approve", "decline"):
            assert_problem(
                await decided(stage, "nothing", verb, OLGA),
                problem("not-found", 404, "Nothing is known under that name", unknown),
            )
        for answer in (
            await stage.client.get("/v1/campaigns/nobody/changes", headers=OLGA),
            await stage.client.post("/v1/campaigns/nobody/changes/c/approve", headers=OLGA),
        ):
            assert (answer.status_code, answer.json()["detail"][:30]) == (404, "no campaign is named nobody; `")
        answer = await decided(stage, "nothing", "approve", OTTO, reason="")
        assert (answer.status_code, answer.json()["field"]) == (400, "reason")

    play(tmp_path, scene, **TWO)
