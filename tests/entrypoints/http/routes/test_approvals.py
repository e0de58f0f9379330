"""Starts and revisions that take a second person, over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from domain.campaign import CHANGE_WAITS_MAX
from entrypoints.http.description import document
from tests.entrypoints.serving import (
    AUDITOR,
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
    play,
    problem,
)

TWO = {"DIALTRAIL_TOKENS": f"{TOKENS},otto:operator:second-command-token"}
OLGA, OTTO = OPERATOR, {"authorization": "Bearer second-command-token"}
PATH = "/v1/campaigns/spring_followup"
CAREFUL: Mapping[str, Any] = {"id": "spring_followup", "from": FROM, "policy": {"needs_approval": True}}
NEEDED = "campaign spring_followup needs a second person's approval (policy.needs_approval)"
LOOK = "`dialtrail campaign changes spring_followup` shows what was asked for"
WEEK_ON = CHANGE_WAITS_MAX.total_seconds()


def needs_second_person(detail: str) -> dict[str, Any]:
    return problem("needs-second-person", 409, "Somebody else has to approve it", detail)


def conflict(detail: str) -> dict[str, Any]:
    return problem("conflict", 409, "Not possible in the present state", detail)


async def created(stage: Serving, *numbers: str, policy: Mapping[str, Any] | None = None) -> None:
    body = {**CAREFUL, "policy": {"needs_approval": True, **(policy or {})}}
    assert (await stage.client.post("/v1/campaigns", json=body, headers=OLGA)).status_code == 201
    if numbers:
        rows = {"recipients": [{"number": number} for number in numbers]}
        assert (await stage.client.post(f"{PATH}/recipients", json=rows, headers=OLGA)).status_code == 200


async def asked(stage: Serving, verb: str, who: Mapping[str, str], **body: Any) -> Any:
    answer = await stage.client.post(f"{PATH}/{verb}", json=body, headers=dict(who))
    assert answer.status_code == 202, answer.text
    assert_described(f"/v1/campaigns/{{id}}/{verb}", answer)
    return answer.json()


async def decided(stage: Serving, change_id: str, verb: str, who: Mapping[str, str], **body: Any) -> httpx.Response:
    return await stage.client.post(f"{PATH}/changes/{change_id}/{verb}", json=body, headers=dict(who))


async def state(stage: Serving) -> str:
    return str((await stage.json(PATH, OLGA))["state"])


def assert_described(path: str, answer: httpx.Response) -> None:
    """The answer is as the API's description says."""
    whole = document(needs_token=True)
    described = whole["paths"][path]["post"]["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": whole["components"]})
    assert [error.message for error in validator.iter_errors(answer.json())] == []


def test_a_start_waits_until_a_second_person_approves_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, TO)
        waiting = await asked(stage, "start", OLGA, canary=5)
        change = {
            "change_id": waiting["change"]["change_id"],
            "change": "start",
            "status": "pending",
            "requested_by": "olga",
            "requested_at": at(0, 2),
            "expires_at": at(WEEK_ON, 2),
            "reason": None,
            "canary": 5,
            "changes": [],
            "decided_by": None,
            "settled_at": None,
            "why": None,
        }
        assert waiting == {
            "campaign_id": "spring_followup",
            "change": change,
            "replaces": None,
            "position": stage.ledger.position,
        }
        assert (await state(stage), stage.names()[-1]) == ("created", "campaign.change_requested")
        [note] = (await stage.json(PATH, VIEWER))["notes"]
        assert note == (
            f"a start waits for a second person until {at(WEEK_ON, 2)}: olga asked for it; "
            f"`dialtrail campaign approve spring_followup {change['change_id']}`, or decline"
        )

        stage.clock.now += timedelta(seconds=60)
        answer = await decided(stage, change["change_id"], "approve", OTTO, reason="looks right")
        assert answer.status_code == 200, answer.text
        assert_described("/v1/campaigns/{id}/changes/{change_id}/approve", answer)
        approved = {
            **change,
            "status": "approved",
            "decided_by": "otto",
            "settled_at": at(60),
            "why": "looks right",
        }
        done = answer.json()
        assert (done["change"], done["position"]) == (approved, stage.ledger.position)
        assert (done["campaign"]["state"], await state(stage)) == ("running", "running")
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


def test_who_asked_cannot_approve_it_nor_can_the_folders_owner(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        change_id = (await asked(stage, "start", OLGA))["change"]["change_id"]
        stored = stage.feed()
        assert_problem(
            await decided(stage, change_id, "approve", OLGA),
            needs_second_person(f"olga asked for change {change_id}; somebody else has to approve it"),
        )
        owner = {"authorization": f"Bearer {stage.parts.owner_token}"}
        nameless = needs_second_person(
            f"{NEEDED}, and a command at the data folder itself has no name to tell two persons apart by; set "
            "DIALTRAIL_URL to this server and DIALTRAIL_TOKEN to your own token, and try again"
        )
        assert_problem(await decided(stage, change_id, "approve", owner), nameless)
        assert_problem(await stage.client.post(f"{PATH}/start", headers=owner), nameless)
        for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR)):
            for verb in ("approve", "decline"):
                assert_problem(
                    await decided(stage, change_id, verb, headers),
                    problem(
                        "not-allowed",
                        403,
                        "Not allowed for this caller",
                        f"the role {role} may not do this; it takes operator",
                    ),
                )
        assert (stage.feed(), await state(stage)) == (stored, "created")

    play(tmp_path, scene, **TWO)


@pytest.mark.parametrize(
    ("environ", "headers", "why"),
    [
        (
            {},
            {},
            "and without tokens everybody is the same operator; set DIALTRAIL_TOKENS with two operators, restart, and try again",
        ),
        (
            {"DIALTRAIL_TOKENS": TOKENS},
            OLGA,
            "and DIALTRAIL_TOKENS has no operator but olga; add a second one, restart, and ask again",
        ),
    ],
)
def test_where_there_is_no_second_person_nobody_can_ask(
    tmp_path: Path, environ: dict[str, str], headers: dict[str, str], why: str
) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(headers)
        assert (await stage.client.post("/v1/campaigns", json=CAREFUL)).status_code == 201
        stored = stage.feed()
        refused = needs_second_person(f"{NEEDED}, {why}")
        assert_problem(await stage.client.post(f"{PATH}/start"), refused)
        off = {"policy": None, "reason": "nobody else is here"}
        assert_problem(await stage.client.post(f"{PATH}/revise", json=off), refused)
        assert stage.feed() == stored
        warned = {one["about"]: one["says"] for one in (await stage.json(f"{PATH}/preflight"))["warnings"]}
        assert warned["needs_approval"].endswith("here nobody can: set DIALTRAIL_TOKENS with two operators")

    play(tmp_path, scene, **environ)


def test_preflight_says_that_a_start_waits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        warned = {one["about"]: one["says"] for one in (await stage.json(f"{PATH}/preflight", VIEWER))["warnings"]}
        says = "policy.needs_approval: a start, and every revision, waits until a second person approves it"
        assert warned["needs_approval"] == says

    play(tmp_path, scene, **TWO)


def test_somebody_declines_and_who_asked_may_take_it_back(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        for who, name in ((OTTO, "otto"), (OLGA, "olga")):
            change_id = (await asked(stage, "start", OLGA))["change"]["change_id"]
            answer = await decided(stage, change_id, "decline", who, reason="not today")
            assert answer.status_code == 200, answer.text
            assert_described("/v1/campaigns/{id}/changes/{change_id}/decline", answer)
            change = answer.json()["change"]
            assert (change["status"], change["decided_by"], change["why"]) == ("declined", name, "not today")
            assert_problem(
                await decided(stage, change_id, "approve", OTTO),
                conflict(f"change {change_id} of campaign spring_followup was declined by {name}; {LOOK}"),
            )
        assert await state(stage) == "created"

    play(tmp_path, scene, **TWO)


def test_what_no_longer_fits_is_superseded_and_says_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        first = (await asked(stage, "start", OLGA))["change"]["change_id"]
        again = await asked(stage, "start", OLGA)
        assert (again["change"]["change_id"], again["replaces"]) == (first, None)
        second = await asked(stage, "start", OTTO, canary=3)
        assert second["replaces"] == first
        revision = (await asked(stage, "revise", OLGA, record=True, reason="why"))["change"]["change_id"]
        assert (await decided(stage, revision, "approve", OTTO)).status_code == 200

        async def refused(change_id: str, why: str) -> None:
            stored = stage.feed()
            detail = f"change {change_id} of campaign spring_followup is superseded: {why}; {LOOK}"
            for verb, who in (("approve", OLGA), ("approve", OTTO), ("decline", OLGA)):
                assert_problem(await decided(stage, change_id, verb, who), conflict(detail))
            assert stage.feed() == stored

        second_id = second["change"]["change_id"]
        await refused(first, f"change {second_id} took its place")
        await refused(second_id, "the plan was revised")
        compared = await stage.json("/v1/views/compare", AUDITOR)
        assert (compared["items"], compared["position"]) == ([], stage.ledger.position)
        third = (await asked(stage, "start", OLGA))["change"]["change_id"]
        assert (await stage.client.post(f"{PATH}/cancel", headers=OLGA)).status_code == 200
        await refused(third, "the campaign was canceled")

        listed = await stage.json(f"{PATH}/changes", AUDITOR)
        assert [(one["change_id"], one["status"], one["why"]) for one in listed["items"]] == [
            (first, "superseded", f"change {second_id} took its place"),
            (second_id, "superseded", "the plan was revised"),
            (revision, "approved", None),
            (third, "superseded", "the campaign was canceled"),
        ]

    play(tmp_path, scene, **TWO)


def test_what_nobody_decides_on_expires(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        change_id = (await asked(stage, "start", OLGA))["change"]["change_id"]
        stage.clock.now = NOON + CHANGE_WAITS_MAX + timedelta(seconds=1)
        assert_problem(
            await decided(stage, change_id, "approve", OTTO),
            conflict(
                f"change {change_id} of campaign spring_followup is expired: nobody decided on it within 7 days; ask again"
            ),
        )
        assert [one["status"] for one in (await stage.json(f"{PATH}/changes", OLGA))["items"]] == ["expired"]
        assert (await stage.json(PATH, OLGA))["notes"] == []
        assert (await asked(stage, "start", OLGA))["replaces"] is None

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


def test_a_campaign_in_other_peoples_hands_can_still_be_paused_and_go_on(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        change_id = (await asked(stage, "start", OLGA))["change"]["change_id"]
        assert (await decided(stage, change_id, "approve", OTTO)).status_code == 200
        for verb, state_then in (
            ("pause", "paused"),
            ("resume", "running"),
            ("start", "running"),
            ("cancel", "canceled"),
        ):
            answer = await stage.client.post(f"{PATH}/{verb}", headers=OLGA)
            assert (answer.status_code, answer.json()["state"]) == (200, state_then)

    play(tmp_path, scene, **TWO)
