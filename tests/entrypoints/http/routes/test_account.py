"""The account behind the API key over HTTP: its pause, what it holds back, its limits, what was spent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.ledger.transaction import Transaction
from domain import account
from domain.account import AccountEvent, UsageObserved
from domain.identity import account_stream
from domain.instants import time_text
from tests.entrypoints.serving import (
    AUDITOR,
    FINGERPRINT,
    NOON,
    OPERATOR,
    TICK,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    invalid,
    play,
)

BROKE = '{"error":{"code":"insufficient_balance","message":"0.00 left"}}'
NO_RATE = '{"error":{"code":"rate_not_found","message":"no rate"}}'
USAGE = UsageObserved(
    window_from=NOON,
    window_to=NOON,
    calls=3,
    billsec_seconds=60,
    cost_amount="0.120",
    cost_currency="EUR",
    body="{}",
)
EMPTY: dict[str, Any] = {"pause": None, "holds": [], "holds_in_all": 0, "limits": {}, "usages": [], "position": 0}


async def record(stage: Serving, *events: AccountEvent) -> None:
    def decide(tx: Transaction) -> None:
        tx.account(FINGERPRINT)
        tx.append(account_stream(FINGERPRINT), list(events))

    await stage.do(decide)


async def fill(stage: Serving) -> None:
    """An account that is paused, with two holds, a limit that was found out, and its usage."""
    (held,) = account.hold_number(account.INITIAL, TO, "rate_not_found", NO_RATE)
    (paused,) = account.pause(account.INITIAL, "provider", status=402, code="insufficient_balance", body=BROKE)
    (learned,) = account.learn(account.INITIAL, "calls_per_second", 4.5)
    wide = account.DestinationHeld(prefix="+49", code="rate_not_found", body=NO_RATE)
    await record(stage, held, wide, learned, USAGE, paused)


def test_what_of_the_usage_could_not_be_read_is_null(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await record(stage, replace(USAGE, calls=None, cost_amount=None))
        await record(stage, replace(USAGE, window_from=NOON - TICK, billsec_seconds=None, cost_currency=None))
        shown = [
            (one["calls"], one["billsec_seconds"], one["cost_amount"], one["cost_currency"])
            for one in (await stage.json("/v1/account", AUDITOR))["usages"]
        ]
        assert shown == [(None, 60, None, "EUR"), (3, None, "0.120", None)]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def hold(prefix: str, since: str, body: str | None = NO_RATE) -> dict[str, Any]:
    return {
        "prefix": prefix,
        "code": "rate_not_found",
        "body": body,
        "at": since,
        "reason": "MiniVoice has no rate for this destination",
        "what_to_do": "ask MiniVoice for a rate for this destination, then release it",
    }


def test_it_says_what_is_paused_held_found_out_and_spent(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await stage.json("/v1/account", OPERATOR) == EMPTY
        await fill(stage)
        shown = await stage.json("/v1/account", AUDITOR)
        assert shown == {
            "pause": {
                "cause": "provider",
                "code": "insufficient_balance",
                "status": 402,
                "body": BROKE,
                "at": shown["pause"]["at"],
                "reason": "the balance behind the key is used up",
                "probes": 0,
                "what_to_do": "add balance at MiniVoice, then resume",
            },
            "holds": [hold(TO, at(0)), hold("+49", at(0))],
            "holds_in_all": 2,
            "limits": {"calls_per_second": 4.5},
            "usages": [
                {
                    "from": at(0),
                    "to": at(0),
                    "calls": 3,
                    "billsec_seconds": 60,
                    "cost_amount": "0.120",
                    "cost_currency": "EUR",
                    "at": at(0),
                }
            ],
            "position": 5,
        }
        seen = await stage.json("/v1/account", VIEWER)
        assert seen["holds"] == [hold("+15…02", at(0), None), hold("+…", at(0), None)]
        assert seen["pause"] == {**shown["pause"], "body": None}
        assert await stage.json("/v1/account?as_of=0", VIEWER) == EMPTY

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET="change-me")


def test_holds_are_lifted_by_how_their_numbers_begin(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await stage.campaign(TO)
        path = f"/v1/campaigns/spring_followup/recipients/{TO}"
        assert (await stage.json(path))["reason"] == "destination_held"
        for prefix, released in (("+1555", 1), ("+1555", 0), ("+4930", 0), ("+49", 1)):
            answer = await stage.client.delete(f"/v1/account/holds/{prefix}")
            assert (answer.status_code, answer.json()) == (
                200,
                {"prefix": prefix, "released": released, "position": stage.ledger.position},
            )
        assert (await stage.json("/v1/account"))["holds"] == []
        assert (await stage.json(path))["status"] == "queued"

    play(tmp_path, scene)


def test_a_prefix_that_is_held_again_has_the_latest_word(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await stage.client.delete("/v1/account/holds/+49")
        later = account.DestinationHeld(prefix="+49", code="rate_not_found", body="again")
        await record(stage, later)
        (_, again) = (await stage.json("/v1/account"))["holds"]
        assert (again["prefix"], again["body"]) == ("+49", "again")

    play(tmp_path, scene)


@pytest.mark.parametrize("prefix", ["1555", "+", "+0155", "+1555x", "+1234567890123456", "%2B\u0661"])
def test_what_is_no_prefix_is_refused(tmp_path: Path, prefix: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.delete(f"/v1/account/holds/{prefix}")
        assert_problem(
            answer, invalid("prefix", "must be the + and the digits that a number begins with, such as +1555")
        )

    play(tmp_path, scene)


def test_a_running_campaign_says_that_something_is_held(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await stage.campaign(TO)
        await stage.client.post("/v1/campaigns/spring_followup/pause")
        assert (await stage.json("/v1/campaigns/spring_followup"))["notes"] == []
        await stage.client.delete("/v1/account/holds/+49")
        resumed = await stage.client.post("/v1/campaigns/spring_followup/resume")
        assert resumed.json()["notes"] == [
            "the account's pause (insufficient_balance) was lifted: every running campaign on it dials again",
            "1 held destination is tried again",
        ]
        await record(stage, account.DestinationHeld(prefix="+49", code="rate_not_found", body=NO_RATE))
        assert (await stage.json("/v1/campaigns/spring_followup"))["notes"] == [
            "1 destination is held; see `dialtrail account show`"
        ]

    play(tmp_path, scene)


def test_an_operator_resumes_the_account(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        nothing = {"acknowledged_position": None, "ahead_seconds": None}
        for lifted in ("insufficient_balance", None):
            answer = await stage.client.post("/v1/account/resume", headers=OPERATOR)
            assert answer.json() == {"lifted": lifted, **nothing, "position": stage.ledger.position}
        assert (await stage.json("/v1/account", OPERATOR))["pause"] is None
        assert (await stage.client.post("/v1/account/resume", headers=AUDITOR)).status_code == 403

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET="change-me")


@pytest.mark.parametrize("by", [timedelta(seconds=30), timedelta(hours=2), timedelta(days=365)], ids=str)
def test_while_the_ledger_is_ahead_every_face_says_so_and_answers(tmp_path: Path, by: timedelta) -> None:
    async def scene(stage: Serving) -> None:
        stage.clock.now += by
        await stage.campaign(TO)
        right = stage.clock.now = stage.clock.now - by
        path, end = "/v1/campaigns/spring_followup", stage.ledger.position

        said = (await stage.client.get("/health/ready")).json()["parts"]["clock"]
        assert f"the ledger's time is {time_text(right + by)}, this machine's clock says {time_text(right)}" in said
        assert (await stage.json(path))["notes"] == [said]
        shown = await stage.json(f"{path}/standing")
        assert (shown["callable_now"], shown["waiting"]) == (0, 1)
        assert [one["reason"] for one in shown["held_by"]] == ["clock_ahead"]
        warned = (await stage.json(f"{path}/preflight"))["warnings"]
        assert {"about": "clock_ahead", "says": said} in warned
        person = await stage.json(f"{path}/recipients/{TO}")
        assert [one["rule"] for one in person["verdict"]["reasons"]] == ["clock_ahead"]
        now = await stage.client.get(f"{path}/recipients/{TO}/explain", params={"as_of": right.isoformat()})
        assert (now.json()["position"], now.json()["rules"][0]["rule"]) == (end, "clock_ahead")

        await stage.client.post("/v1/account/resume")
        assert stage.feed()[-1].event == account.AccountResumed(reason="account resume", acknowledged_position=end)
        assert (await stage.client.get("/health/ready")).json()["parts"]["clock"] == "ready"
        assert (await stage.json(path))["notes"] == []
        assert (await stage.json(f"{path}/recipients/{TO}"))["verdict"]["may_dial"]
        shown = (await stage.json(f"/v1/events?after={end}"))["items"]
        assert [(one["recorded_at"] > time_text(right + by), one["clock_at"]) for one in shown] == [
            (True, time_text(right))
        ]

    play(tmp_path, scene)
