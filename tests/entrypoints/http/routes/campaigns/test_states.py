from pathlib import Path
from typing import Any

import pytest

from application.preflight.warnings import NO_SCRIPT_SAYS
from domain import account
from domain.identity import account_stream
from domain.script import SAFE_TEXT
from tests.entrypoints.http.routes.campaigns.shown import NO_RECIPIENTS, SHOWN, conflict
from tests.entrypoints.serving import (
    FINGERPRINT,
    OTHER,
    SPRING,
    TO,
    Serving,
    assert_problem,
    at,
    payload,
    play,
    problem,
    waited_for,
)

NO_CAMPAIGN = problem(
    "not-found",
    404,
    "Nothing is known under that name",
    "no campaign is named nobody; `dialtrail campaign list` shows those there are",
)
BALANCE = '{"error":{"code":"insufficient_balance","message":"balance is too low to create call"}}'
OPERATORS_PAUSE = {
    "scope": "campaign",
    "cause": "operator",
    "code": None,
    "status": None,
    "body": None,
    "at": at(0),
    "reason": "an operator paused it",
    "evidence": None,
    "probes": 0,
    "probe_at": None,
    "what_to_do": "`dialtrail campaign resume spring_followup` lets it dial again",
}
ACCOUNTS_PAUSE = {
    "scope": "account",
    "cause": "provider",
    "code": "insufficient_balance",
    "status": 402,
    "body": BALANCE,
    "at": at(0),
    "reason": "the balance behind the key is used up",
    "evidence": None,
    "probes": 0,
    "probe_at": None,
    "what_to_do": "add balance at MiniVoice, then resume",
}


async def command(stage: Serving, verb: str, status: int = 200) -> Any:
    return await waited_for(stage.client.post(f"/v1/campaigns/spring_followup/{verb}"), status)


async def pause_account(stage: Serving) -> None:
    def decide(tx: Any) -> None:
        paused = account.pause(
            tx.account(FINGERPRINT), "provider", status=402, code="insufficient_balance", body=BALANCE
        )
        tx.append(account_stream(FINGERPRINT), paused)

    await stage.do(decide)


def test_start_pause_resume_and_cancel_show_the_campaign_as_it_is_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        running = {**SHOWN, "state": "running", "position": 2}
        paused = {**SHOWN, "state": "paused", "position": 3, "pause": OPERATORS_PAUSE}
        unsaid = {**running, "notes": [NO_SCRIPT_SAYS]}
        assert [await command(stage, "start") for _ in range(2)] == [unsaid] * 2
        assert [await command(stage, "pause") for _ in range(2)] == [paused] * 2
        assert [await command(stage, "resume") for _ in range(2)] == [{**running, "position": 4}] * 2
        assert [await command(stage, "cancel") for _ in range(2)] == [{**SHOWN, "state": "canceled", "position": 5}] * 2
        assert stage.names() == [f"campaign.{did}" for did in ("created", "started", "paused", "resumed", "canceled")]

    play(tmp_path, scene)


def test_a_start_says_what_callers_hear_only_where_nobody_wrote_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        script = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}
        await stage.client.post("/v1/campaigns", json={**SPRING, "script": script})
        assert (await command(stage, "start"))["notes"] == []
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn"})
        [says] = (await stage.client.post("/v1/campaigns/autumn/start")).json()["notes"]
        assert f'whoever answers hears "{SAFE_TEXT}"' in says
        assert (await stage.json("/v1/campaigns/autumn"))["notes"] == []

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("before", "verb", "detail"),
    [
        ([], "pause", "is created; only a running campaign can be paused"),
        ([], "resume", "never ran; use `dialtrail campaign start spring_followup`"),
        (["start", "pause"], "start", "is paused; use `dialtrail campaign resume spring_followup`"),
        (["cancel"], "start", "is canceled; it cannot be started again"),
        (["cancel"], "pause", "is canceled; only a running campaign can be paused"),
        (["cancel"], "resume", "is canceled; it cannot be resumed"),
    ],
)
def test_what_a_campaigns_state_does_not_allow_is_a_conflict(
    tmp_path: Path, before: list[str], verb: str, detail: str
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        for earlier in before:
            await command(stage, earlier)
        stored = stage.feed()
        assert_problem(
            await stage.client.post(f"/v1/campaigns/spring_followup/{verb}"),
            conflict(f"campaign spring_followup {detail}"),
        )
        assert stage.feed() == stored

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/start"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/cancel"),
        ("GET", "/recipients"),
    ],
)
def test_a_campaign_that_is_not_there_is_not_found(tmp_path: Path, method: str, path: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.request(method, f"/v1/campaigns/nobody{path}"), NO_CAMPAIGN)

    play(tmp_path, scene)


def test_a_cancelled_campaign_counts_who_was_never_called_as_withdrawn_and_keeps_results(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER, "+15551230004")
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=3))
        await stage.client.post("/v1/suppressions", json={"number": OTHER})
        before = (await command(stage, "pause"))["recipients"]
        assert before == {**NO_RECIPIENTS, "in_progress": 1, "suppressed": 1, "queued": 1}
        canceled = (await command(stage, "cancel"))["recipients"]
        assert canceled == {**NO_RECIPIENTS, "in_progress": 1, "suppressed": 1, "withdrawn": 1}
        await stage.deliver(payload("call.completed", seconds=9))
        shown = await stage.json("/v1/campaigns/spring_followup")
        assert shown["recipients"] == {**NO_RECIPIENTS, "reached": 1, "suppressed": 1, "withdrawn": 1}
        listed = await stage.json("/v1/campaigns/spring_followup/recipients")
        assert [item["status"] for item in listed["items"]] == ["reached", "suppressed", "withdrawn"]

    play(tmp_path, scene)


def test_while_the_account_is_paused_its_running_campaigns_show_it_and_others_do_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        await command(stage, "start")
        await pause_account(stage)
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "asleep"})
        shown = {**SHOWN, "state": "paused", "pause": ACCOUNTS_PAUSE, "position": 4}
        assert await stage.json("/v1/campaigns/spring_followup") == shown
        assert (await stage.json("/v1/campaigns/asleep"))["state"] == "created"

    play(tmp_path, scene)


def test_resume_lifts_the_accounts_pause_in_the_same_commit_and_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        await command(stage, "start")
        await pause_account(stage)
        note = "the account's pause (insufficient_balance) was lifted: every running campaign on it dials again"
        assert await command(stage, "resume") == {**SHOWN, "state": "running", "notes": [note], "position": 4}
        assert await command(stage, "resume") == {**SHOWN, "state": "running", "position": 4}
        assert stage.feed()[3].event == account.AccountResumed(reason="campaign spring_followup was resumed")

    play(tmp_path, scene)


def test_a_resume_that_is_a_conflict_leaves_the_accounts_pause_alone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        await pause_account(stage)
        await command(stage, "resume", 409)
        assert stage.names() == ["campaign.created", "account.paused"]

    play(tmp_path, scene)


def test_an_operators_pause_is_shown_before_the_accounts(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        await command(stage, "start")
        await command(stage, "pause")
        await pause_account(stage)
        assert (await stage.json("/v1/campaigns/spring_followup"))["pause"] == OPERATORS_PAUSE
        resumed = await command(stage, "resume")
        assert (resumed["state"], resumed["pause"], len(resumed["notes"])) == ("running", None, 1)

    play(tmp_path, scene)
