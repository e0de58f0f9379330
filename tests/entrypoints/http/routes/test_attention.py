from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from application.commands.schedules import follow_clock
from domain.account import UsageObserved, observe_usage, pause
from domain.dial_outcome import Unresolved
from domain.identity import account_stream
from domain.instants import time_text
from tests.entrypoints.http.routes.test_divergence import look
from tests.entrypoints.serving import (
    FINGERPRINT,
    FROM,
    NOON,
    OPERATOR,
    OTHER,
    SECRET,
    TO,
    TOKENS,
    VIEWER,
    WAIT_SECONDS_MAX,
    Serving,
    at,
    play,
)

PATH = "/v1/attention"


async def needs(stage: Serving) -> list[tuple[str, str | None, str]]:
    assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
    return [(one["need"], one["campaign_id"], one["says"]) for one in (await stage.json(PATH))["items"]]


async def made(stage: Serving, campaign_id: str, **policy: object) -> None:
    body = {"id": campaign_id, "from": FROM, "policy": policy}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201


def test_where_nothing_needs_anybody_nothing_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await needs(stage) == []
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        assert await needs(stage) == []

    play(tmp_path, scene)


def test_pauses_unresolved_attempts_and_quarantine_need_somebody_until_they_are_settled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        lost = Unresolved(why="no answer", status=None, body=None)
        await stage.settle(await stage.start(TO, "att_1"), lost)
        await stage.settle(await stage.start(OTHER, "att_2"), lost)
        assert (await stage.client.post("/v1/campaigns/spring_followup/pause")).status_code == 200
        assert (await stage.deliver(b"not json")).status_code in {204, 400}
        account_pause = lambda tx: tx.append(  # noqa: E731
            account_stream(FINGERPRINT),
            pause(tx.account(FINGERPRINT), "provider", status=402, code="insufficient_balance", body="{}"),
        )
        await stage.do(account_pause)
        unread = ("quarantine", None, "1 delivery of the last 7 days could not be read")
        assert await needs(stage) == [
            ("account", None, "nobody is called on this account: the balance behind the key is used up"),
            ("pause", "spring_followup", "an operator paused it"),
            ("unresolved", "spring_followup", "it is not known whether 2 attempts came to a call"),
            unread,
        ]
        for attempt in ("att_1", "att_2"):
            settled = await stage.client.post(f"/v1/attempts/{attempt}/resolve", json={"none": True})
            assert settled.status_code == 200
        assert (await stage.client.post("/v1/account/resume")).status_code == 200
        assert (await stage.client.post("/v1/campaigns/spring_followup/resume")).status_code == 200
        assert await needs(stage) == [unread]
        stage.clock.now += timedelta(days=7, seconds=1)
        assert await needs(stage) == []

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_change_that_waits_needs_a_second_person_and_tells_viewers_no_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, "careful", needs_approval=True)
        assert (await stage.client.post("/v1/campaigns/careful/start")).status_code == 202
        (one,) = (await stage.json(PATH, VIEWER))["items"]
        assert (one["need"], one["campaign_id"], one["what_to_do"]) == (
            "approval",
            "careful",
            "approve it, or decline it",
        )
        assert one["says"].startswith("a start that olga asked for waits until 2026-")
        assert FROM[1:] not in str(one)
        stage.clock.now += timedelta(days=60)
        assert await needs(stage) == []

    play(
        tmp_path,
        scene,
        DIALTRAIL_TOKENS=f"{TOKENS},otto:operator:second-token",
        MINIVOICE_WEBHOOK_SECRET=SECRET,
    )


def test_a_budget_of_which_most_is_used_needs_somebody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, "few", budget={"calls_max": 5})
        numbers = [f"+1555123{number:04}" for number in range(10, 15)]
        await stage.enroll(*numbers, campaign_id="few")
        assert (await stage.client.post("/v1/campaigns/few/start")).status_code == 200
        for index, number in enumerate(numbers[:3]):
            await stage.dial(number, f"call_{index}", "few")
        assert await needs(stage) == []
        await stage.dial(numbers[3], "call_3", "few")
        assert await needs(stage) == [("budget", "few", "4 of 5 calls of its budget are placed")]

    play(tmp_path, scene)


def test_money_of_which_most_is_spent_needs_somebody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, "dear", budget={"cost_max": "10.00", "currency": "EUR"})
        await stage.enroll(TO, campaign_id="dear")
        assert (await stage.client.post("/v1/campaigns/dear/start")).status_code == 200
        for amount, said in (
            ("7.99", []),
            ("8.00", [("budget", "dear", "the account has spent 8.00 of 10.00 EUR since the campaign began")]),
        ):
            observed = UsageObserved(
                window_from=NOON,
                window_to=NOON,
                calls=1,
                billsec_seconds=1,
                cost_amount=amount,
                cost_currency="EUR",
                body="{}",
            )
            spend = lambda tx, observed=observed: tx.append(  # noqa: E731
                account_stream(FINGERPRINT), observe_usage(tx.account(FINGERPRINT), observed)
            )
            await stage.do(spend)
            assert await needs(stage) == said
        found = await stage.json(PATH)
        assert (found["left_out"], found["judged_at"]) == (0, at(0))

    play(tmp_path, scene)


@pytest.mark.parametrize("ended_by", [{"resume": ["13:00"]}, {"stop_at": "2099-01-01T00:00"}])
def test_a_pause_that_the_schedule_ends_itself_needs_nobody(tmp_path: Path, ended_by: Mapping[str, object]) -> None:
    async def scene(stage: Serving) -> None:
        await paused_by_schedule(stage, ended_by)
        assert await needs(stage) == []

    play(tmp_path, scene)


def test_a_pause_that_its_schedule_never_ends_needs_somebody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await paused_by_schedule(stage, {"resume": [time_text(stage.clock.now)]})
        assert await needs(stage) == [("pause", "spring", "its schedule paused it")]

    play(tmp_path, scene)


async def paused_by_schedule(stage: Serving, ended_by: Mapping[str, object]) -> None:
    pauses_at = stage.clock.now + timedelta(minutes=1)
    schedule = {"zone": "UTC", "pause": [time_text(pauses_at)], **ended_by}
    body = {"id": "spring", "from": FROM, "schedule": schedule}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    assert (await stage.client.post("/v1/campaigns/spring/start")).status_code == 200
    stage.clock.now = pauses_at
    assert await stage.do(follow_clock("spring")) == ["campaign.paused"]


def test_a_day_that_differs_needs_somebody_until_a_newer_one_does_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await look(stage, 2, counts={"missing": 2, "outcome": 1})
        says = "calls it does not have any more, 1 call that ended otherwise"
        assert await needs(stage) == [
            ("divergence", None, f"of 2026-05-27 MiniVoice says something else than the ledger: 2 {says}")
        ]
        (shown,) = (await stage.json(PATH))["items"]
        assert (shown["key"], shown["since"], shown["is_told"]) == ("divergence:2026-05-27", at(0), True)

        await look(stage, 1, is_last=False)  # under way: that says nothing yet
        assert len(await needs(stage)) == 1
        stage.clock.now += timedelta(days=8)
        assert await needs(stage) == []
        stage.clock.now -= timedelta(days=8)
        await look(stage, 1, 2)
        assert await needs(stage) == []

    play(tmp_path, scene)
