from decimal import Decimal

import pytest

from entrypoints.sandbox import SandboxSettings, SandboxSettingsError
from entrypoints.sandbox.problems import checked_settings
from tests.entrypoints.sandbox.stage import TO, Stage, play

AFTER_TWO_CALLS_AND_A_REFUSAL = {
    "requests": {
        "total": 3,
        "by_status": {"201": 2, "400": 1},
        "by_code": {"rate_not_found": 1},
        "by_fault": {},
    },
    "posts": 3,
    "posts_by_to": {TO: 2, "+4420000000": 1},
    "calls_by_to": {TO: 2},
    "numbers_forgotten": 0,
    "accepted_posts": 2,
    "accepted_posts_in_one_second_max": 2,
    "calls": {"completed": 2},
    "calls_by_origin": {"api": 2},
    "calls_forgotten": 0,
    "deliveries": {
        "tries": 0,
        "acknowledged": 0,
        "pending": 0,
        "dropped": 0,
        "given_up": 0,
        "not_sent": 6,
    },
    "scripts": {"fetches_by_status": {}, "answers_invalid": 0, "endings": {}},
    "balance": "9.976",
    "applications": [
        {
            "id": "app_1",
            "balance": "9.976",
            "reserved": "0.00",
            "spent": "0.024",
            "calls_at_once": 0,
            "accepted_posts_in_one_second_max": 2,
        }
    ],
    "log": {"kept": 12, "dropped": 0},
}


def test_the_summary_counts_what_happened() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        await stage.post()
        await stage.ended(2)
        await stage.refused("+4420000000")
        summary = (await stage.client.get("/_sandbox/summary")).json()
        assert summary == AFTER_TWO_CALLS_AND_A_REFUSAL

    play(scene, balance="10.00", no_rate_prefixes=["+44"])


def test_the_log_route_gives_one_kind_or_all() -> None:
    async def scene(stage: Stage) -> None:
        await stage.refused()
        kinds = [line["kind"] for line in (await stage.client.get("/_sandbox/log")).json()]
        assert kinds == ["arrived", "request"]
        requests = (await stage.client.get("/_sandbox/log", params={"kind": "request"})).json()
        assert [line["code"] for line in requests] == ["no_active_trunk"]
        wrong = await stage.client.get("/_sandbox/log", params={"kind": "x"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "invalid_request")

    play(scene, no_active_trunk=True)


def test_calls_are_listed_with_their_true_state() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post(metadata={"campaign_id": "spring"})).json()["id"]
        await stage.ended()
        call = (await stage.client.get("/_sandbox/calls")).json()[0]
        assert (call["id"], call["state"], call["metadata"]) == (call_id, "completed", {"campaign_id": "spring"})
        assert call["events"] == ["call.created", "call.answered", "call.completed"]

    play(scene)


def test_settings_change_while_it_runs() -> None:
    async def scene(stage: Stage) -> None:
        changed = await stage.client.patch("/_sandbox/settings", json={"created_status": 202, "balance": "1.00"})
        assert (changed.status_code, changed.json()["created_status"], changed.json()["balance"]) == (200, 202, "1.00")
        assert "webhook_secret" not in changed.json()
        assert (await stage.post()).status_code == 202

    play(scene)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"drop_rat": 1}, "drop_rat: unknown setting"),
        ({"drop_rate": 2}, "drop_rate: "),
        ({"ring_seconds": "2:1"}, "ring_seconds: write MIN:MAX in seconds"),
        ({"balance": "lots"}, "balance: "),
        ({"port": 1}, "port: fixed at the start"),
    ],
)
def test_a_wrong_change_is_refused_by_name_and_changes_nothing(change: dict[str, object], named: str) -> None:
    async def scene(stage: Stage) -> None:
        before = stage.sandbox.settings
        response = await stage.client.patch("/_sandbox/settings", json={"created_status": 202, **change})
        error = response.json()["error"]
        assert (response.status_code, error["code"], named in error["message"]) == (400, "invalid_settings", True)
        assert stage.sandbox.settings is before
        with pytest.raises(SandboxSettingsError):
            stage.sandbox.update(**change)

    play(scene)


@pytest.mark.parametrize("body", [{}, {"add": "much"}, {"add": "NaN"}, {"add": "1.00"}])
def test_a_balance_that_cannot_be_added_is_refused(body: dict[str, str]) -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.client.post("/_sandbox/balance", json=body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")

    play(scene)


def test_money_is_added_to_one_application_or_to_all() -> None:
    async def scene(stage: Stage) -> None:
        stage.sandbox.add_balance(Decimal("1.00"), "app_2")
        stage.sandbox.add_balance(Decimal("-0.50"))
        applications = (await stage.client.get("/_sandbox/summary")).json()["applications"]
        assert [application["balance"] for application in applications] == ["9.50", "10.50"]
        assert (await stage.client.get("/_sandbox/balance")).json() == {"applications": applications}
        unknown = await stage.client.post("/_sandbox/balance", json={"add": "1", "application_id": "app_3"})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "invalid_request")

    play(scene, api_keys=("mv_live_sandbox", "other"), balance="10.00")


def test_wrong_settings_are_named_all_at_once() -> None:
    wrong: dict[str, object] = {"answer_rate": 2, "bogus": 1, "no_rate_prefixes": ["44"], "api_keys": ("a", "a")}
    with pytest.raises(SandboxSettingsError) as caught:
        checked_settings(wrong)
    assert [part.split(":")[0] for part in str(caught.value).split("; ")] == [
        "api_keys",
        "no_rate_prefixes",
        "answer_rate",
        "bogus",
    ]


def test_words_clear_what_a_setting_said() -> None:
    cleared: dict[str, object] = {"balance": "none", "no_rate_prefixes": ["none"], "drop_events": "all"}
    assert checked_settings(cleared) == SandboxSettings()
    named = checked_settings({"drop_events": ["call.completed, call.failed", "call.created"]}).drop_events
    assert named == ("call.completed", "call.failed", "call.created")


def test_the_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(SandboxSettings(webhook_secret="s3cret"))


def test_a_call_that_has_ended_can_be_told_to_be_otherwise_or_forgotten_and_nothing_is_announced() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post()).json()["id"]
        await stage.ended()
        path = f"/_sandbox/calls/{call_id}/disagree"
        changed = (await stage.client.post(path, json={"state": "failed"})).json()
        assert (changed["forgotten"], changed["call"]["state"]) == (False, "failed")
        assert changed["call"]["events"][-1] == "call.completed"
        for wrong in ({}, {"state": "no such"}, {"forget": False}, {"forget": True, "state": "failed"}):
            assert (await stage.client.post(path, json=wrong)).status_code == 400, wrong
        assert (await stage.client.post(path, json={"forget": True})).json()["forgotten"]
        assert (await stage.client.post(path, json={"forget": True})).status_code == 404
        assert (await stage.client.get("/_sandbox/calls")).json() == []

    play(scene)


def test_totals_can_be_told_to_be_otherwise() -> None:
    async def scene(stage: Stage) -> None:
        more = {"calls": -2, "billsec_seconds": 30, "cost_amount": "0.07"}
        shown = (await stage.client.post("/_sandbox/usage", json=more)).json()
        assert shown["applications"][0]["spent"] == "0.07"
        window = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        usage = (await stage.client.get("/v1/usage", params=window)).json()["summary"]
        assert (usage["calls"], usage["billsec_seconds"], usage["cost_amount"]) == (-2, 30, "0.07")
        for wrong in ({"calls": "x"}, {"cost_amount": "NaN"}, {"application_id": "app_9"}):
            assert (await stage.client.post("/_sandbox/usage", json=wrong)).status_code == 400, wrong

    play(scene)
