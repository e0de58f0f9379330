from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.campaign import CHANGE_WAITS_MAX
from tests.entrypoints.http.routes.approvals.asking import (
    CAREFUL,
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
from tests.entrypoints.serving import AUDITOR, NOON, TOKENS, VIEWER, Serving, assert_problem, play, problem

NEEDED = "campaign spring_followup needs a second person's approval (policy.needs_approval)"


def needs_second_person(detail: str) -> dict[str, Any]:
    return problem("needs-second-person", 409, "Somebody else has to approve it", detail)


def conflict(detail: str) -> dict[str, Any]:
    return problem("conflict", 409, "Not possible in the present state", detail)


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
