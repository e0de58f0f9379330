from datetime import timedelta
from pathlib import Path

import pytest

from tests.application.preflight.looking_ahead import BERLIN, DAYTIME, NEW_YORK, PATH, TOKYO, created, looked, people
from tests.entrypoints.serving import NOON, Serving, at, payload, play

TOMORROW_IN_TOKYO = "2026-05-30T00:00:00.000000Z"
EVERYBODYS_CALLS = {
    "to_call": 26,
    "calls_per_second": 0.5,
    "limited_by": "calls_per_second",
    "call_seconds": 60.0,
    "seen_calls": 0,
    "seconds": 52.0,
}
EVERYBODY_ONCE = {
    "recipients": 31,
    "callable_now": 17,
    "later_today": 6,
    "later": 2,
    "suppressed": 3,
    "capped": {"person_cap": 1},
    "not_dialable": {"zone_unknown": 2},
    "under_way": 0,
    "done": 0,
    "not_judged": 0,
    "repeated": 1,
}


def test_everybody_is_counted_once_and_the_estimate_goes_by_the_limits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        limits = {"calls_per_second": 0.5, "calls_at_once": 100}
        policy = {**DAYTIME, "attempts_max": 2, "caps": [{"attempts_max": 1, "period_hours": 24}]}
        rows = [*people(20, BERLIN), *people(6, NEW_YORK, 100), *people(3, TOKYO, 200), *people(2, None, 300)]
        await created(stage, rows, limits=limits, policy=policy)
        await stage.campaign("+15552000000", "+15552000001", campaign_id="autumn")
        await stage.dial("+15552000000", "call_1", "autumn")
        await stage.deliver(payload("call.completed", "call_1", 1, to="+15552000000"))
        for number in ("+15552000002", "+15552000003"):
            await stage.client.post("/v1/suppressions", json={"number": number})
        await stage.client.post("/v1/suppressions", json={"number": "+15552000200", "expires_at": at(60)})
        before = stage.feed()

        found = await looked(stage)

        estimate, warnings = found.pop("estimate"), found.pop("warnings")
        assert found.pop("callbacks")["open"] == 0
        assert (found.pop("schedule"), found.pop("inbound")) == (None, {"heard": "safe_text", "opt_out": None})
        assert found == {
            "campaign_id": "spring_followup",
            "position": stage.ledger.position,
            "judged_at": at(0),
            "state": "created",
            **EVERYBODY_ONCE,
        }
        assert {name: estimate[name] for name in estimate if name != "zones"} == {
            **EVERYBODYS_CALLS,
            "ends_at": max(one["ends_at"] for one in estimate["zones"]),
        }
        ends = {one["zone_key"]: (one["people"], one["ends_at"]) for one in estimate["zones"]}
        assert {key: count for key, (count, _) in ends.items()} == {BERLIN: 18, NEW_YORK: 6, TOKYO: 2}
        assert ends[NEW_YORK][1] == "2026-05-29T13:00:12.000000Z"
        assert ends[TOKYO][1] > TOMORROW_IN_TOKYO
        assert [one["about"] for one in warnings] == ["shared_people", "no_webhook_secret", "zone_unknown"]
        assert stage.feed() == before

    play(tmp_path, scene)


def test_who_waits_in_another_campaign_that_runs_too_is_repeated(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, people(5, BERLIN))
        numbers = [row["number"] for row in people(4, BERLIN)]
        await stage.campaign(*numbers, campaign_id="autumn", start=False)
        assert (await looked(stage))["repeated"] == 0
        await stage.client.post("/v1/campaigns/autumn/start")
        assert (await looked(stage))["repeated"] == 4
        await stage.campaign(*numbers[:2], campaign_id="winter")
        assert (await looked(stage))["repeated"] == 4
        await stage.dial(numbers[0], "call_1", "winter")
        await stage.deliver(payload("call.answered", "call_1", 1, to=numbers[0]))
        await stage.deliver(payload("call.completed", "call_1", 2, to=numbers[0]))
        await stage.client.post("/v1/campaigns/autumn/pause")
        assert (await looked(stage))["repeated"] == 4
        await stage.client.post(f"{PATH}/start")
        await stage.dial(numbers[3], "call_3")
        await stage.deliver(payload("call.completed", "call_3", 3, to=numbers[3]))
        assert (await looked(stage))["repeated"] == 3
        await stage.client.post("/v1/campaigns/autumn/cancel")
        assert (await looked(stage))["repeated"] == 1
        await stage.client.post("/v1/suppressions", json={"number": numbers[1]})
        assert (await looked(stage))["repeated"] == 0

    play(tmp_path, scene)


def test_those_called_already_are_under_way_or_done_and_their_length_is_gone_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.preflight.figures.CALLS_SEEN_MIN", 2)

    async def scene(stage: Serving) -> None:
        await created(stage, people(6, BERLIN), limits={"calls_per_second": 10, "calls_at_once": 2})
        await stage.client.post(f"{PATH}/start")
        for nth, seconds in enumerate((5, 15)):
            number, call_id = f"+1555200000{nth}", f"call_{nth}"
            await stage.dial(number, call_id)
            await stage.deliver(payload("call.answered", call_id, 1, to=number))
            await stage.deliver(payload("call.completed", call_id, 1 + seconds, to=number))
        await stage.dial("+15552000002", "call_open")
        stage.clock.now = NOON + timedelta(seconds=30)

        found = await looked(stage)

        assert (found["state"], found["callable_now"], found["under_way"], found["done"]) == ("running", 3, 1, 2)
        estimate = found["estimate"]
        assert (estimate["seen_calls"], estimate["call_seconds"], estimate["to_call"]) == (2, 25.0, 3)
        assert (estimate["limited_by"], estimate["calls_per_second"], estimate["seconds"]) == (
            "calls_at_once",
            0.119048,
            25.2,
        )

    play(tmp_path, scene)
