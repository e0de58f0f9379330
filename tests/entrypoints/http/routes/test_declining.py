"""What somebody declined over HTTP: recorded, seen wherever they stand, lifted, and as it was known before."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.instants import time_text
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, TO, TOKENS, VIEWER, Serving, play

PATH = f"/v1/campaigns/spring_followup/recipients/{TO.replace('+', '%2B')}"
SALES = {"purpose": "sales", "declined": {"rest_days": 60}}


async def made(stage: Serving) -> None:
    await stage.campaign(TO)
    revised = await stage.client.post(
        "/v1/campaigns/spring_followup/revise", json={"policy": SALES, "reason": "they may decline"}
    )
    assert revised.status_code == 200


def test_it_holds_them_until_the_rest_is_over_and_is_lifted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        answer = await stage.client.put(f"{PATH}/declined", json={"reason": "by letter"})
        said = answer.json()
        until = time_text(NOON + timedelta(days=60))
        assert (answer.status_code, said["changed"], said["declined"], said["purpose"]) == (200, True, True, "sales")
        assert (said["status"], said["reason"], said["until"]) == ("held", "declined", until)
        assert (await stage.client.put(f"{PATH}/declined")).json()["changed"] is False
        listed = await stage.json(f"/v1/campaigns/spring_followup/recipients?at_least={said['position']}")
        assert (listed["items"][0]["reason"], listed["items"][0]["until"]) == ("declined", until)
        explained = (await stage.json(f"{PATH}/explain"))["rules"][0]
        assert (explained["rule"], explained["until"]) == ("declined", until)
        lifted = (await stage.client.delete(f"{PATH}/declined")).json()
        assert (lifted["changed"], lifted["declined"], lifted["status"]) == (True, False, "queued")
        assert (await stage.client.delete(f"{PATH}/declined")).json()["changed"] is False
        then = await stage.json(f"{PATH}?as_of={said['position']}")
        assert (then["status"], then["reason"]) == ("held", "declined")
        person = await stage.json(f"/v1/people/{TO.replace('+', '%2B')}")
        told = [(one["event"], one["source"], one["reason"]) for one in reversed(person["history"])]
        assert ("recipient.declined", "operator", "by letter") in told

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"said_at": "2026-05-29T12:00:01Z"}, "said_at"),
        ({"said_at": "2026-05-29T12:00:01"}, "said_at"),
        ({"reason": "x" * 1_001}, "reason"),
        ({"why": "x"}, "why"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(tmp_path: Path, body: dict[str, str], field: str) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        answer = await stage.client.put(f"{PATH}/declined", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert "recipient.declined" not in stage.names()

    play(tmp_path, scene)


def test_who_may_not_command_may_not_record_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage)
        for headers, status in ((VIEWER, 403), (AUDITOR, 403), (OPERATOR, 200)):
            answer = await stage.client.put(f"{PATH}/declined", headers=headers)
            assert answer.status_code == status
        unknown = await stage.client.put(f"{PATH.replace('spring_followup', 'none')}/declined")
        assert unknown.status_code == 404

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_policy_that_comes_to_count_it_later_is_seen_in_lists_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(TO, campaign_id="autumn")
        assert (await stage.client.put(f"{PATH}/declined")).status_code == 200
        recipients = "/v1/campaigns/autumn/recipients"
        before = await stage.json(f"{recipients}?at_least={stage.feed()[-1].position}")
        assert before["items"][0]["status"] == "queued"
        change = {"policy": {"declined": {"per": "person"}}, "reason": "whoever declined anything"}
        looked = await stage.client.post("/v1/campaigns/autumn/revise", json={**change, "preview": True})
        assert looked.status_code == 200
        await stage.client.post("/v1/campaigns/autumn/revise", json=change)
        after = await stage.json(f"{recipients}?at_least={stage.feed()[-1].position}")
        assert (after["items"][0]["status"], after["items"][0]["reason"]) == ("withdrawn", "declined")

    play(tmp_path, scene)


@pytest.mark.parametrize("per", ["purpose", "person"])
def test_a_revision_that_names_a_purpose_takes_nothing_from_what_was_said_and_it_can_be_lifted(
    tmp_path: Path, per: str
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert (await stage.client.put(f"{PATH}/declined")).json()["purpose"] == "spring_followup"
        policy = {"purpose": "renewals", "declined": {"per": per}}
        revised = await stage.client.post(
            "/v1/campaigns/spring_followup/revise", json={"policy": policy, "reason": "its purpose has a name"}
        )
        assert revised.status_code == 200
        then = await stage.json(PATH)
        assert (then["status"], then["reason"]) == ("withdrawn", "declined")
        listed = await stage.json(f"/v1/campaigns/spring_followup/recipients?at_least={stage.feed()[-1].position}")
        assert [(one["status"], one["reason"]) for one in listed["items"]] == [("withdrawn", "declined")]
        lifted = (await stage.client.delete(f"{PATH}/declined")).json()
        assert (lifted["changed"], lifted["status"]) == (True, "queued")

    play(tmp_path, scene)


def test_what_was_lifted_is_declined_still_where_the_policy_counts_what_was_said_elsewhere(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(TO, campaign_id="autumn")
        change = {"policy": {"declined": {"per": "person"}}, "reason": "whoever declined anything"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=change)).status_code == 200
        elsewhere = PATH.replace("spring_followup", "autumn")
        assert (await stage.client.put(f"{PATH}/declined")).json()["declined"] is True
        assert (await stage.client.put(f"{elsewhere}/declined")).json()["declined"] is True
        lifted = (await stage.client.delete(f"{PATH}/declined")).json()
        assert (lifted["changed"], lifted["declined"], lifted["reason"]) == (True, True, "declined")
        lifted = (await stage.client.delete(f"{elsewhere}/declined")).json()
        assert (lifted["changed"], lifted["declined"], lifted["reason"]) == (True, False, None)
        lifted = (await stage.client.delete(f"{PATH}/declined")).json()
        assert (lifted["changed"], lifted["declined"], lifted["status"]) == (False, False, "queued")

    play(tmp_path, scene)


@pytest.mark.parametrize("days", [10, 61])
def test_a_second_no_that_an_operator_is_told_is_another_one_during_a_rest_and_after_it(
    tmp_path: Path, days: int
) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        assert (await stage.client.put(f"{PATH}/declined")).json()["changed"] is True
        stage.clock.now += timedelta(days=days)
        again = (await stage.client.put(f"{PATH}/declined")).json()
        until = time_text(NOON + timedelta(days=days + 60))
        assert (again["changed"], again["reason"], again["until"]) == (True, "declined", until)

    play(tmp_path, scene)
